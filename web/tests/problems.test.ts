import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ApiProblem, faultsOf, messageOf, problemOfStatus } from '../src/api/problems'
import { texts } from '../src/texts.zh-CN'
import { DOCUMENT_PATH } from './document'

const DOCUMENT = JSON.parse(readFileSync(DOCUMENT_PATH, 'utf8'))

function problem(code: string, more: object = {}): ApiProblem {
  return new ApiProblem({ ...problemOfStatus(409), code, ...more })
}

describe('refusals', () => {
  it('have a Chinese text for every code that the API document names', () => {
    const codes = Object.keys(DOCUMENT.components.examples)
    expect(codes.filter((code) => !(code in texts.errors.byCode))).toEqual([])
  })

  it('are told by code, with their evidence', () => {
    expect(messageOf(problem('stations.login_taken'))).toBe('这个登录名已被使用，请换一个。')
    expect(messageOf(problem('jobs.wage_out_of_range', { evidence: { limits_fen: [5000, 100000] } }))).toContain('50 到 1000 元')
    expect(messageOf(problem('jobs.wage_out_of_range'))).toContain('工资')
  })

  it('of a code that is not known yet still say something', () => {
    expect(messageOf(problem('jobs.brand_new'))).toContain('jobs.brand_new')
    expect(messageOf(new ApiProblem({ ...problemOfStatus(502) }, 'c-1'))).toContain('c-1')
    expect(messageOf(new ApiProblem({ ...problemOfStatus(0), status: 0 }))).toBe(texts.errors.offline)
    expect(messageOf(new Error('x'))).toBe(texts.errors.unknown)
  })

  it('name the fields that are wrong', () => {
    const errors = [
      { pointer: '/terms/trade', code: 'string_too_short', detail: '' },
      { pointer: '/terms/place', code: 'value_error', detail: 'looks like a phone, ID or account number, which…' },
      { pointer: '/x', code: 'odd', detail: 'odd' },
    ]
    expect(faultsOf(problem('request.invalid', { errors }))).toEqual({
      '/terms/trade': '太短了。',
      '/terms/place': '会公开显示的内容里不能有电话、身份证号这类长号码。',
      '/x': '填得不对，请核对。',
    })
  })
})
