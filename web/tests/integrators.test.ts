/** What the pages about other systems decide by themselves. */

import { expect, it } from 'vitest'
import { historyOf, type Step } from '../src/pages/integrators'

const step = (sequence: number, step: string, reason: string | null = null): Step => ({ sequence, step, by: 'w', at: '2026-03-01T00:00:00Z', reason })

it('tells the history newest first, by whom, with the credential that was changed and the reason of a pause', () => {
  const found = historyOf([step(1, 'add'), step(2, 'rotate', 'api_key'), step(3, 'suspend', '停机'), step(4, 'brand_new')], () => '王芳')
  expect(found.map(({ title, by, reason, tone }) => [title, by, reason, tone])).toEqual([
    ['brand_new', '王芳', null, 'grey'],
    ['暂停', '王芳', '停机', 'amber'],
    ['换密钥：API 密钥', '王芳', null, 'grey'],
    ['新增', '王芳', null, 'green'],
  ])
})
