import { describe, expect, it } from 'vitest'
import { percentOf, reasonText, WEIGHED, type Reason, type Weights } from '../src/pages/matching'

const reason = (name: Reason['reason'], figure: number | null, of: number | null = null): string =>
  reasonText({ reason: name, share: 0.5, points: 100, figure, of })

const weights: Weights = {
  trade: 20, distance: 20, hours: 5, wage: 10, waiting: 25, punctuality: 10, priority: 10, pay: 80,
  reach_km: 20, waiting_full_minutes: 180, idle_full_days: 14, priority_full: 1,
}

describe('a reason in words', () => {
  it('says its figure, each in its own unit', () => {
    expect(reason('trade', 3, 3)).toBe('持证')
    expect(reason('distance', 850)).toBe('850 米')
    expect(reason('distance', 11_120)).toBe('11.1 公里')
    expect(reason('wage', 5000)).toContain('50')
    expect(reason('waiting', 43)).toBe('已等 43 分钟')
    expect(reason('waiting', null, 9)).toBe('9 天没活')
    expect(reason('punctuality', 12, 13)).toBe('派 13 次到 12 次')
  })

  it('admits what nobody knows', () => {
    expect(reason('distance', null)).toBe('不详')
    expect(reason('wage', null)).toBe('不详')
    expect(reason('punctuality', 0, 0)).toBe('还没派过')
  })
})

describe('the share of a weight', () => {
  it('is of what workers are compared by, so that pay changes none of them', () => {
    expect(percentOf(weights, 'waiting')).toBe(25)
    const sum = WEIGHED.filter((name) => name !== 'pay').reduce((all, name) => all + percentOf(weights, name), 0)
    expect(sum).toBe(100)
  })
})
