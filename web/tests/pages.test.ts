// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter, type RouteComponent } from 'vue-router'
import { keysOf, pauseBetweenPages, useShortcuts } from '../src/kit/shortcuts'
import { stateOf } from '../src/kit/states'
import { isDueSoon } from '../src/pages/due'
import { wageText } from '../src/pages/postings'
import { addressOf, stateOfScreen, type Screen } from '../src/pages/screens'
import { branches, type Station } from '../src/stores/stations'
import { leaveAll, press, show } from './page'

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
  const done: string[] = []
  beforeEach(() => {
    done.length = 0
    const keys = ['p', 'g p', 'g A'].map((one) => ({ keys: one, label: '', act: () => void done.push(one) }))
    show({ setup: () => (useShortcuts(keys), () => null) }, {})
  })
  afterEach(leaveAll)

  it.each<[string, readonly (readonly [string, number])[], readonly string[]]>([
    ['are led in by g', [['g', 1000], ['p', 1500]], ['g p']],
    ['are led in for a moment', [['g', 1000], ['p', 2500]], ['p']],
    ['are led in anew by a g that comes late', [['g', 1000], ['g', 2500], ['p', 3000]], ['g p']],
    ['are led in by the second g too', [['g', 1000], ['g', 1200], ['p', 1400]], ['g p']],
    ['are led in by nothing that leads nowhere', [['y', 1000], ['g', 1200], ['p', 1400]], ['g p']],
    ['after a lead do not mean what they mean alone', [['g', 1000], ['y', 1200], ['p', 1400]], ['p']],
    ['may be capital letters', [['g', 1000], ['Shift', 1200], ['A', 1300]], ['g A']],
  ])('%s', (_, pressed, acts) => {
    pressed.forEach(([key, at]) => press(key, { at }))
    expect(done).toEqual(acts)
  })

  it('are nobody’s while the next page is on its way', async () => {
    const arrive = vi.fn<(page: RouteComponent) => void>()
    const loading = vi.fn(() => new Promise<RouteComponent>((resolve) => arrive.mockImplementation(resolve)))
    const routes = [
      { path: '/', component: { render: () => null } },
      { path: '/next', component: loading },
      { path: '/missing', component: () => Promise.reject<RouteComponent>(new Error('gone')) },
    ]
    const router = createRouter({ history: createMemoryHistory(), routes })
    pauseBetweenPages(router)
    await router.push('/')
    press('p')
    const going = router.push('/next')
    await vi.waitFor(() => expect(loading).toHaveBeenCalled())
    press('p')
    expect(done).toEqual(['p'])
    arrive({ render: () => null })
    await going
    press('p')
    await router.push('/missing').catch(() => undefined)
    press('p')
    expect(done).toEqual(['p', 'p', 'p'])
  })

  it('are letters while a text is typed', () => {
    document.body.appendChild(document.createElement('input')).focus()
    expect([press('c'), press('Enter', { ctrlKey: true })].map(keysOf)).toEqual(['', 'Ctrl+Enter'])
  })
})
