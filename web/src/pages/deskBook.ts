/**
 * A check-in desk's own book: the letters that are reserved for it, and the tickets that it gave, so that it goes
 * on with no network. It holds slips and numbers and nobody's data, and forgets both when the day is over.
 */

import type { Schema } from '../api/client'
import { newId } from '../kit/identifier'
import type { LocalRows } from '../kit/localRows'

/** taken: the service gave it. waiting: written here, not handed in. standing, aside: what became of it. */
export type LocalState = 'taken' | 'waiting' | 'standing' | 'aside'

export interface LocalTicket {
  id: string
  station: string
  /** The county's day, YYYY-MM-DD. */
  date: string
  number: string
  at: string
  slip: string | null
  state: LocalState
  late: boolean
  reason: Schema<'SetAsideReason'> | null
  /** The number that stands for its person, where this one is set aside. */
  instead: string | null
}

interface Letter {
  key: string
  date: string
  letter: string
  /** The last number that was given out of it. */
  last: number
}

/** What a desk knows of itself: its id, and where it stood. */
export interface DeskSelf {
  key: 'self'
  id: string
  station: string
  stationName: string
}

export const DESK_TABLES = { tickets: 'id', letters: 'key', desk: 'key' } as const
export type DeskRows = LocalRows<keyof typeof DESK_TABLES>

const LAST_NUMBER = 999

/** No letter is reserved for this day, or all of its numbers are given: without network no ticket can be made. */
export class NoLetter extends Error {}

export class DeskBook {
  constructor(private readonly rows: DeskRows) {}

  /** The desk as it knows itself; made when it is first asked. */
  self(): Promise<DeskSelf> {
    return this.rows.change(async ({ desk }) => {
      const known = (await desk.get('self')) as DeskSelf | undefined
      if (known) return known
      const made: DeskSelf = { key: 'self', id: newId(), station: '', stationName: '' }
      await desk.put(made)
      return made
    })
  }

  standAt(station: string, stationName: string): Promise<void> {
    return this.rows.change(async ({ desk }) => {
      const known = (await desk.get('self')) as DeskSelf | undefined
      await desk.put({ key: 'self', id: known?.id ?? newId(), station, stationName })
    })
  }

  /** The letter that is reserved for a day. */
  letterOf(station: string, date: string): Promise<{ letter: string; given: number } | null> {
    return this.rows.change(async ({ letters }) => {
      const known = (await letters.get(keyOf(station, date))) as Letter | undefined
      return known ? { letter: known.letter, given: known.last } : null
    })
  }

  /** Keep a letter; numbers that it has given out stay given. */
  keepLetter(station: string, date: string, letter: string): Promise<void> {
    return this.rows.change(async ({ letters }) => {
      const key = keyOf(station, date)
      const known = (await letters.get(key)) as Letter | undefined
      if (known?.letter !== letter) await letters.put({ key, date, letter, last: 0 })
    })
  }

  /** A ticket without network; whoever has one today keeps it. Throws NoLetter. */
  take(of: { station: string; date: string; slip: string; at: string; id: string }): Promise<{ ticket: LocalTicket; first: boolean }> {
    return this.rows.change(async ({ letters, tickets }) => {
      const known = ((await tickets.all()) as LocalTicket[]).find((one) => one.slip === of.slip && one.station === of.station && one.date === of.date)
      if (known) return { ticket: known, first: false }
      const letter = (await letters.get(keyOf(of.station, of.date))) as Letter | undefined
      if (!letter || letter.last >= LAST_NUMBER) throw new NoLetter()
      const last = letter.last + 1
      const ticket: LocalTicket = { ...of, number: `${letter.letter}${String(last).padStart(3, '0')}`, state: 'waiting', late: false, reason: null, instead: null }
      await letters.put({ ...letter, last })
      await tickets.put(ticket)
      return { ticket, first: true }
    })
  }

  /** Keep a ticket that the service gave, so that its slip is known again without network. */
  remember(ticket: Omit<LocalTicket, 'state' | 'reason' | 'instead'>): Promise<void> {
    return this.rows.change(async ({ tickets }) => {
      const known = (await tickets.get(ticket.id)) as LocalTicket | undefined
      if (!known) await tickets.put({ ...ticket, state: 'taken', reason: null, instead: null })
    })
  }

  /** A station's day, the newest first. */
  async ofDay(station: string, date: string): Promise<LocalTicket[]> {
    const all = await this.all()
    return all.filter((one) => one.station === station && one.date === date).sort((a, b) => (a.at < b.at ? 1 : -1))
  }

  /** What is not handed in yet, a book for each station and day, by arrival. */
  async waiting(): Promise<{ station: string; date: string; tickets: LocalTicket[] }[]> {
    const books = new Map<string, { station: string; date: string; tickets: LocalTicket[] }>()
    for (const one of (await this.all()).sort((a, b) => (a.at < b.at ? -1 : 1))) {
      if (one.state !== 'waiting') continue
      const key = keyOf(one.station, one.date)
      const book = books.get(key) ?? { station: one.station, date: one.date, tickets: [] }
      book.tickets.push(one)
      books.set(key, book)
    }
    return [...books.values()]
  }

  /** What became of tickets that were handed in; those that are set aside. */
  settle(outcome: Schema<'MergedCheckIns'>): Promise<LocalTicket[]> {
    return this.rows.change(async ({ tickets }) => {
      const aside: LocalTicket[] = []
      for (const id of outcome.standing) {
        const one = (await tickets.get(id)) as LocalTicket | undefined
        if (one?.state === 'waiting') await tickets.put({ ...one, state: 'standing' })
      }
      for (const said of outcome.set_aside) {
        const one = (await tickets.get(said.id)) as LocalTicket | undefined
        // With an id that two had, the other number may be meant.
        if (one?.state !== 'waiting' || one.number !== said.number) continue
        const settled: LocalTicket = { ...one, state: 'aside', reason: said.reason, instead: said.instead }
        await tickets.put(settled)
        aside.push(settled)
      }
      return aside
    })
  }

  /** Forget what is of another day: all but what can still be handed in, which is yesterday's at the most. */
  forget(today: string, yesterday: string): Promise<void> {
    return this.rows.change(async ({ tickets, letters }) => {
      for (const one of (await tickets.all()) as LocalTicket[]) {
        const keeps = one.date >= today || (one.state === 'waiting' && one.date === yesterday)
        if (!keeps) await tickets.remove(one.id)
      }
      for (const one of (await letters.all()) as Letter[]) if (one.date < today) await letters.remove(one.key)
    })
  }

  private all(): Promise<LocalTicket[]> {
    return this.rows.change(async ({ tickets }) => (await tickets.all()) as LocalTicket[])
  }
}

function keyOf(station: string, date: string): string {
  return `${station}/${date}`
}
