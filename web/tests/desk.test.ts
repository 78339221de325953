import { beforeEach, describe, expect, it } from 'vitest'
import type { LocalTable } from '../src/kit/localRows'
import { DeskBook, NoLetter, type DeskRows } from '../src/pages/deskBook'
import { positionOf, stageOf, stepFrom } from '../src/pages/draws'

const [STATION, DAY, NEXT_DAY] = ['5227300101', '2026-03-02', '2026-03-03']

/** The browser's store, in memory: one transaction after the other. */
function memory(): DeskRows {
  const tables = Object.fromEntries(
    Object.entries({ tickets: 'id', letters: 'key', desk: 'key' }).map(([name, key]) => {
      const rows = new Map<string, object>()
      const table: LocalTable = {
        get: async (id) => rows.get(id),
        all: async () => [...rows.values()],
        put: async (row) => void rows.set(String((row as Record<string, unknown>)[key]), row),
        remove: async (id) => void rows.delete(id),
      }
      return [name, table]
    }),
  ) as Record<'tickets' | 'letters' | 'desk', LocalTable>
  let last: Promise<unknown> = Promise.resolve()
  return { change: (act) => { const mine = last.then(() => act(tables)); last = mine.catch(() => undefined); return mine } }
}

let book: DeskBook
beforeEach(async () => {
  book = new DeskBook(memory())
  await book.keepLetter(STATION, DAY, 'B')
})
let made = 0
const take = (slip: string, date = DAY) => book.take({ id: `id-${++made}`, station: STATION, date, slip, at: `${date}T05:${String(made % 60).padStart(2, '0')}:00Z` })

describe('a desk with no network', () => {
  it('numbers by its own letter, in two tabs too', async () => {
    const taken = await Promise.all([take('AAAAAA'), take('BBBBBB'), take('CCCCCC')])
    expect(taken.map(({ ticket }) => ticket.number)).toEqual(['B001', 'B002', 'B003'])
  })

  it('knows a slip again, whoever gave its ticket', async () => {
    await book.remember({ id: 'online', station: STATION, date: DAY, number: 'A007', at: `${DAY}T05:00:00Z`, slip: 'AAAAAA', late: false })
    expect(await take('AAAAAA')).toMatchObject({ first: false, ticket: { number: 'A007' } })
    const { ticket } = await take('BBBBBB')
    expect(await take('BBBBBB')).toMatchObject({ first: false, ticket: { number: ticket.number } })
  })

  it('gives no ticket without a letter for the day', async () => {
    await expect(take('AAAAAA', NEXT_DAY)).rejects.toBeInstanceOf(NoLetter)
  })

  it('does not begin a letter anew that it was told again', async () => {
    await take('AAAAAA')
    await book.keepLetter(STATION, DAY, 'B')
    expect((await take('BBBBBB')).ticket.number).toBe('B002')
  })
})

describe('what a desk hands in', () => {
  it('waits until it is settled, and what is set aside is told with the number that stands', async () => {
    const [first, second] = [(await take('AAAAAA')).ticket, (await take('BBBBBB')).ticket]
    expect((await book.waiting())[0]?.tickets.map((one) => one.number)).toEqual(['B001', 'B002'])
    const aside = await book.settle({ standing: [first.id], set_aside: [{ id: second.id, number: 'B002', reason: 'same_person', instead: 'A003' }] })
    expect(aside).toMatchObject([{ number: 'B002', instead: 'A003' }])
    expect(await book.waiting()).toEqual([])
    expect((await book.ofDay(STATION, DAY)).map((one) => one.state).sort()).toEqual(['aside', 'standing'])
  })

  it('is not settled by another number with the same id', async () => {
    const { ticket } = await take('AAAAAA')
    expect(await book.settle({ standing: [], set_aside: [{ id: ticket.id, number: 'A001', reason: 'id_reused', instead: 'B001' }] })).toEqual([])
    expect(await book.waiting()).toHaveLength(1)
  })

  it('is forgotten when the day is over, but for what can still be handed in', async () => {
    const { ticket } = await take('AAAAAA')
    await take('BBBBBB')
    await book.settle({ standing: [ticket.id], set_aside: [] })
    await book.forget(NEXT_DAY, DAY)
    expect((await book.ofDay(STATION, DAY)).map((one) => one.slip)).toEqual(['BBBBBB'])
    expect(await book.letterOf(STATION, DAY)).toBeNull()
    await book.forget('2026-03-04', NEXT_DAY)
    expect(await book.ofDay(STATION, DAY)).toEqual([])
  })

  it('holds a slip and a number, and nobody’s data', async () => {
    const { ticket } = await take('AAAAAA')
    expect(Object.keys(ticket).sort()).toEqual(['at', 'date', 'id', 'instead', 'late', 'number', 'reason', 'slip', 'state', 'station'])
  })
})

describe('the draw', () => {
  const draw = (more: object) => ({ commitment: 'c', closed_at: null, seed: null, ...more }) as never
  it('has one next step at each stage', () => {
    expect([null, draw({}), draw({ closed_at: 'x' }), draw({ closed_at: 'x', seed: 's' })].map((one) => stepFrom(stageOf('draw', one)))).toEqual(['announce', 'close', 'reveal', null])
    expect(stageOf('arrival', null)).toBe('none')
  })
  it('counts a place by hand among those who wait', () => {
    const queue = ['A1', 'A2', 'A3', 'A4', 'A5']
    expect(positionOf(queue, ['A3', 'A4', 'A5'], 'A5', 1)).toBe(3)
    expect(positionOf(queue, ['A3', 'A4', 'A5'], 'A3', 2)).toBe(4)
    expect(positionOf(queue, ['A3', 'A4', 'A5'], 'A3', 3)).toBe(5)
  })
})
