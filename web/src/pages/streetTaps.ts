/** Taps for people in the street: kept on the phone until the server has them, each counted once. */

import { ApiProblem } from '../api/problems'
import { newId } from '../kit/identifier'
import { dayIn } from '../kit/moments'

export interface Tap {
  id: string
  station: string
  trade: string
  day: string
}
export type Send = (tap: Tap) => Promise<unknown>
type Store = Pick<Storage, 'getItem' | 'setItem'>

const KEY = 'yizhan.street.taps'

/** Those that wait, of today; a tap of another day would be counted for the wrong one, and is given up. */
export function createTaps(store: Store, today: () => string = () => dayIn(new Date())) {
  let waiting = read(store)
  let sending = false

  function keep(taps: Tap[]): void {
    waiting = taps
    store.setItem(KEY, JSON.stringify(taps))
  }

  return {
    waiting: (): readonly Tap[] => waiting,
    add: (station: string, trade: string): void => keep([...waiting, { id: newId(), station, trade, day: today() }]),
    /** Take the last one back that is neither sent nor on its way; whether there was one. */
    undo: (): boolean => {
      if (waiting.length <= (sending ? 1 : 0)) return false
      keep(waiting.slice(0, -1))
      return true
    },
    /** Give up taps of other days; how many there were. */
    expire: (): number => {
      const left = waiting.filter((tap) => tap.day === today())
      const gone = waiting.length - left.length
      if (gone) keep(left)
      return gone
    },
    /** Send what waits, in its order. Stops where the server is away; throws what it refuses, which is dropped. */
    flush: async (send: Send): Promise<void> => {
      if (sending) return
      sending = true
      try {
        for (let tap = waiting[0]; tap; tap = waiting[0]) {
          try {
            await send(tap)
          } catch (error) {
            if (!(error instanceof ApiProblem) || error.status === 0 || error.status === 401 || error.status >= 500) return
            keep(waiting.slice(1))
            throw error
          }
          keep(waiting.slice(1))
        }
      } finally {
        sending = false
      }
    },
  }
}

function read(store: Store): Tap[] {
  try {
    const found: unknown = JSON.parse(store.getItem(KEY) ?? '[]')
    return Array.isArray(found) ? (found as Tap[]) : []
  } catch {
    return []
  }
}
