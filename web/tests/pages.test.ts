// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { keysOf } from '../src/kit/shortcuts'
import { stateOf } from '../src/kit/states'
import { isDueSoon } from '../src/pages/due'
import { wageText } from '../src/pages/postings'
import { addressOf, stateOfScreen, type Screen } from '../src/pages/screens'
import { branches, type Station } from '../src/stores/stations'

const DEVICE = { id: 'd', station: '522730', label: '大厅', issued_at: '2026-03-01T00:00:00Z', revoked_at: null, sequence: 1 }
const HEALTH = { device_id: 'd', station: '522730', connected: true, seen_at: '2026-03-01T00:00:00Z', acked_offset: 42, current_offset: 42, last_paint_seconds: 0.1 }

function screen(health: object | null, device: object = {}): Screen {
  return { device: { ...DEVICE, ...device }, health: health && { ...HEALTH, ...health } } as Screen
}

describe('a screen', () => {
  it.each([
    [screen({}), 'live'],
    [screen({ acked_offset: 41 }), 'live'],
    [screen({ acked_offset: 30 }), 'stale'],
    [screen({ last_paint_seconds: 300 }), 'stale'],
    [screen({ connected: false }), 'offline'],
    [screen(null), 'never'],
    [screen({}, { revoked_at: '2026-03-01T00:00:00Z' }), 'revoked'],
  ])('fares as its health says', (one, state) => {
    expect(stateOfScreen(one)).toBe(state)
  })

  it('is opened by an address whose code no server sees', () => {
    expect(new URL(addressOf('522730', 'ABC', 'http://h:8600')).hash).toBe('#code=ABC')
  })
})

describe('words', () => {
  it('tell a wage with its unit', () => {
    expect(wageText({ fen: 18000, max_fen: 20050, unit: 'day' })).toBe('180–200.50 元/天')
    expect(wageText({ fen: 60, unit: 'piece', piece_name: '斤' })).toBe('0.60 元/斤')
  })

  it('of a state that is not known are its own, in grey', () => {
    expect(stateOf('posting', 'published')).toEqual({ tone: 'green', label: '已发布' })
    expect(stateOf('posting', 'brand_new')).toEqual({ tone: 'grey', label: 'brand_new' })
  })

  it('of what is due soon mean the next day', () => {
    const now = Date.parse('2026-03-01T00:00:00Z')
    expect(isDueSoon({ expires_at: '2026-03-01T20:00:00Z' }, now)).toBe(true)
    expect(isDueSoon({ expires_at: '2026-03-03T00:00:00Z' }, now)).toBe(false)
    expect(isDueSoon({ expires_at: '2026-02-28T00:00:00Z' }, now)).toBe(false)
  })
})

describe('the tree', () => {
  it('hangs each station under its parent, and the top of a scope on nothing', () => {
    const station = (code: string, parent: string | null) => ({ code, parent }) as Station
    const [top, ...others] = branches([station('52273001', '522730'), station('5227300101', '52273001')])
    expect(others).toEqual([])
    expect(top?.children.map((one) => [one.station.code, one.depth])).toEqual([['5227300101', 1]])
  })
})

describe('keys', () => {
  const press = (key: string, more: object = {}) => new KeyboardEvent('keydown', { key, ...more })

  it('are led in by g, for a moment', () => {
    expect(keysOf(press('g'), 1000)).toBe('g')
    expect(keysOf(press('p'), 1500)).toBe('g p')
    keysOf(press('g'), 5000)
    expect(keysOf(press('p'), 9000)).toBe('p')
  })

  it('are letters while a text is typed', () => {
    const input = document.body.appendChild(document.createElement('input'))
    const said: string[] = []
    input.addEventListener('keydown', (event) => said.push(keysOf(event)))
    input.dispatchEvent(press('c'))
    input.dispatchEvent(press('Enter', { ctrlKey: true }))
    expect(said).toEqual(['', 'Ctrl+Enter'])
  })
})
