import { describe, expect, it } from 'vitest'
import { ago, dayIn, isDay, localOf, momentOf, shortMoment } from '../src/kit/moments'

describe('moments', () => {
  it('are the county’s, wherever the browser stands', () => {
    expect(localOf('2026-03-02T22:30:00Z')).toBe('2026-03-03T06:30')
    expect(momentOf('2026-03-03T06:30')).toBe('2026-03-02T22:30:00.000Z')
    expect(dayIn(new Date('2026-03-02T16:00:00Z'))).toBe('2026-03-03')
  })

  it('are none while they are incomplete', () => {
    expect(momentOf('')).toBeNull()
    expect(momentOf('2026-03-03')).toBeNull()
    expect(momentOf('2026-13-03T06:30')).toBeNull()
    expect(localOf(null)).toBe('')
  })

  it('are short, with another year where it is another', () => {
    const now = new Date('2026-03-01T00:00:00Z')
    expect(shortMoment('2026-03-02T22:30:00Z', now)).toBe('03-03 06:30')
    expect(shortMoment('2025-12-31T10:00:00Z', now)).toBe('2025-12-31 18:00')
  })

  it('know the calendar', () => {
    expect(isDay('2024-02-29')).toBe(true)
    expect(isDay('2025-02-29')).toBe(false)
  })

  it('tell how long ago in the largest unit', () => {
    const now = new Date('2026-03-01T12:00:00Z')
    expect(ago('2026-03-01T11:59:30Z', now)).toEqual({ count: 30, unit: 'second' })
    expect(ago('2026-03-01T09:30:00Z', now)).toEqual({ count: 2, unit: 'hour' })
    expect(ago('2026-03-01T13:00:00Z', now)).toEqual({ count: 0, unit: 'second' })
  })
})
