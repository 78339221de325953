/** What the pages of support decide by themselves. */

import { describe, expect, it } from 'vitest'
import { ApiProblem, problemOfStatus } from '../src/api/problems'
import { createTaps } from '../src/pages/streetTaps'
import { daysFrom, latestEnd, named, standingOf, startUpSteps, trainingSteps, type StartUp } from '../src/pages/support'

const away = new ApiProblem({ ...problemOfStatus(0), status: 0 })
const refused = new ApiProblem({ ...problemOfStatus(403), status: 403 })

function phone(): { store: Pick<Storage, 'getItem' | 'setItem'>; kept: () => unknown[] } {
  const values = new Map<string, string>()
  return {
    store: { getItem: (key) => values.get(key) ?? null, setItem: (key, value) => void values.set(key, value) },
    kept: () => JSON.parse(values.get('yizhan.street.taps') ?? '[]') as unknown[],
  }
}

describe('taps in the street', () => {
  it('wait on the phone while the server is away, and are sent once', async () => {
    const { store, kept } = phone()
    const taps = createTaps(store, () => '2026-03-02')
    taps.add('52273004', '小工')
    taps.add('52273004', '保洁')
    await taps.flush(() => Promise.reject(away))
    expect(kept()).toHaveLength(2)
    const sent: string[] = []
    await createTaps(store).flush(async (tap) => void sent.push(tap.trade))
    expect(sent).toEqual(['小工', '保洁'])
    expect(kept()).toEqual([])
  })

  it('can be taken back while another is on its way, but not that one', async () => {
    const { store } = phone()
    const taps = createTaps(store)
    taps.add('52273004', '小工')
    taps.add('52273004', '保洁')
    const sent: string[] = []
    await taps.flush(async ({ trade }) => {
      expect([taps.undo(), taps.undo()]).toEqual([true, false])
      sent.push(trade)
    })
    expect([sent, taps.waiting()]).toEqual([['小工'], []])
  })

  it('are dropped and told of when the server refuses one', async () => {
    const { store, kept } = phone()
    const taps = createTaps(store)
    taps.add('52273004', '小工')
    await expect(taps.flush(() => Promise.reject(refused))).rejects.toBe(refused)
    expect(kept()).toEqual([])
  })

  it('can be taken back until they are sent, and are given up the day after', () => {
    const { store } = phone()
    const taps = createTaps(store, () => '2026-03-02')
    taps.add('52273004', '小工')
    taps.add('52273004', '小工')
    expect(taps.undo()).toBe(true)
    expect(taps.waiting()).toHaveLength(1)
    expect(createTaps(store, () => '2026-03-03').expire()).toBe(1)
  })
})

describe('support', () => {
  it('says where a difficulty stands and how long it may last', () => {
    const one = { begins_on: '2026-03-02', ends_on: '2026-03-31', withdrawn_at: null }
    expect(standingOf(one, '2026-03-31')).toBe('in_force')
    expect(standingOf(one, '2026-04-01')).toBe('ended')
    expect(standingOf({ ...one, withdrawn_at: '2026-03-05T00:00:00Z' }, '2026-03-06')).toBe('withdrawn')
    expect(latestEnd({ longest_days: 90 }, '2026-03-02')).toBe('2026-05-30')
  })

  it('offers the steps that the server takes', () => {
    expect(trainingSteps('attended')).toEqual(['complete', 'fail', 'drop'])
    expect(trainingSteps('subsidy_granted')).toEqual([])
    const one = { state: 'licensed', licensed_on: '2026-03-02', loan: { state: 'applied' }, subsidy: { state: 'refused' } } as StartUp
    expect(startUpSteps(one)).toEqual(['grant_loan', 'refuse_loan', 'apply_for_subsidy', 'close'])
    expect(startUpSteps({ ...one, state: 'closed' })).toEqual(['grant_loan', 'refuse_loan'])
  })

  it('knows the days of a course and the names of its people', () => {
    expect(daysFrom('2026-02-27', '2026-03-01')).toEqual(['2026-02-27', '2026-02-28', '2026-03-01'])
    expect(named([{ seeker_id: 'a' }, { seeker_id: 'b' }], [{ id: 'a', masked_name: '王**' }]).map((one) => one.person)).toEqual(['王**', '（已抹去）'])
  })
})
