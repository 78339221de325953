/** The check-in desk: online with the service, offline with its own book, and from one to the other and back. */

import { onMounted, onUnmounted, reactive, ref, shallowRef } from 'vue'
import { ask, type Schema } from '../api/client'
import { ApiProblem } from '../api/problems'
import { newId } from '../kit/identifier'
import { openLocalRows } from '../kit/localRows'
import { dayIn } from '../kit/moments'
import { useSession } from '../stores/session'
import { useStations } from '../stores/stations'
import { days } from './days'
import { DESK_TABLES, DeskBook, type LocalTicket } from './deskBook'

const POLL_MS = 4000
/** A station's line that is slower than this is as good as cut: people stand in the queue. */
const PATIENCE_MS = 5000
const DAY_MS = 24 * 3600_000
/** The header Date tells whole seconds and is renewed once a second: it is behind by this, give or take as much. */
const DATE_LAG_MS = 1000
/** From here on the clock is worth a word. */
export const SKEW_TOLD_MS = 2 * 60_000
const AWAY_CODES = new Set(['service.unavailable', 'service.timeout'])

export interface Taken {
  number: string
  at: string
  slip: string | null
  first: boolean
  late: boolean
  offline: boolean
}

/** Somebody who is known by no slip cannot be checked in without network. */
export class NeedsNetwork extends Error {}

export function isAway(error: unknown): boolean {
  return error instanceof ApiProblem && (error.status === 0 || [502, 503, 504].includes(error.status) || AWAY_CODES.has(error.code))
}

function patience(): { signal: AbortSignal; over: () => void } {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), PATIENCE_MS)
  return { signal: controller.signal, over: () => clearTimeout(timer) }
}

/** asked: the station to stand at; '' for where this desk stood before. */
export function useDesk(asked: string, book = new DeskBook(openLocalRows('yizhan-desk', DESK_TABLES))) {
  const session = useSession()
  const stations = useStations()
  const station = ref('')
  const stationName = ref('')
  const roll = shallowRef<Schema<'DayRoll'> | null>(null)
  const local = shallowRef<readonly LocalTicket[]>([])
  const state = reactive({
    /** null until the first answer. */
    online: null as boolean | null,
    signedOut: false,
    /** This machine's clock minus the county's, in ms; null until it was compared. */
    skewMs: null as number | null,
    letter: null as string | null,
    given: 0,
    waiting: 0,
    merging: false,
    fault: null as unknown,
  })
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false
  let looking: Promise<void> | null = null

  const countyNow = (): Date => new Date(Date.now() - (state.skewMs ?? 0))
  const today = (): string => dayIn(countyNow())

  async function readLocal(): Promise<void> {
    // The day may have ended since: what was of it is forgotten at the next look.
    await book.forget(today(), dayIn(new Date(countyNow().getTime() - DAY_MS)))
    if (!station.value) return
    const [ofDay, books, letter] = await Promise.all([book.ofDay(station.value, today()), book.waiting(), book.letterOf(station.value, today())])
    local.value = ofDay
    state.waiting = books.reduce((sum, one) => sum + one.tickets.length, 0)
    state.letter = letter?.letter ?? null
    state.given = letter?.given ?? 0
  }

  /** Ask for the roll: it tells whether there is a network, what the county's clock says, and who is here. */
  function look(): Promise<void> {
    looking ??= lookNow().finally(() => (looking = null))
    return looking
  }
  async function lookNow(): Promise<void> {
    const code = station.value
    if (!code) return
    const { signal, over } = patience()
    const sent = Date.now()
    try {
      if (!session.known) await session.resume()
      const answer = await days.roll(code, signal).catch(() => null)
      compareClocks(answer?.response, sent)
      const found = await ask(answer ? Promise.resolve(answer) : Promise.reject(new Error()))
      if (code === station.value) roll.value = found
      await cameBack(code)
    } catch (error) {
      // Any answer at all comes over a network.
      state.online = !isAway(error)
      state.signedOut = error instanceof ApiProblem && error.status === 401
      state.fault = state.online && !state.signedOut ? error : null
    } finally {
      over()
    }
    await readLocal()
  }

  function compareClocks(response: Response | undefined, sent: number): void {
    const told = Date.parse(response?.headers.get('date') ?? '')
    if (Number.isNaN(told)) return
    const skew = Math.round((sent + Date.now()) / 2 - (told + DATE_LAG_MS))
    // Who came first at two desks is a matter of less than what the header can tell: a clock that may be right is.
    state.skewMs = Math.abs(skew) <= DATE_LAG_MS + (Date.now() - sent) / 2 ? 0 : skew
  }

  async function cameBack(code: string): Promise<void> {
    Object.assign(state, { online: true, signedOut: false, fault: null })
    if (stations.all.length === 0) await stations.load()
    await reserve()
    // What was handed in stands on another roll than the one that was just read.
    if (state.waiting > 0 && (await merge())) roll.value = await days.rollOf(code)
  }

  /** A letter for today and for tomorrow: at five in the morning there may be no network to ask by. */
  async function reserve(): Promise<void> {
    const { id } = await book.self()
    for (const date of [today(), dayIn(new Date(countyNow().getTime() + DAY_MS))]) {
      if (await book.letterOf(station.value, date)) continue
      try {
        await book.keepLetter(station.value, date, (await days.reserve(station.value, date, id)).letter)
      } catch (error) {
        state.fault = error
      }
    }
  }

  /** Hand in all that waits; whether that was done. What is handed in twice is taken once. */
  async function merge(): Promise<boolean> {
    if (state.merging) return false
    state.merging = true
    try {
      for (const { station: code, date, tickets } of await book.waiting()) {
        const check_ins = tickets.map(({ id, number, at, slip }) => ({ id, number, at, slip }))
        const latest = tickets.reduce((last, one) => (one.at > last ? one.at : last), '')
        const now = countyNow().toISOString()
        await book.settle(await days.merge(code, { date, sent_at: now > latest ? now : latest, check_ins }))
      }
      return true
    } catch (error) {
      state.fault = error
      if (isAway(error)) state.online = false
      return false
    } finally {
      state.merging = false
      await readLocal()
    }
  }

  /** Somebody is here, by his slip or, with a network, by his entry. Throws ApiProblem, NeedsNetwork, NoLetter. */
  async function checkIn(who: { slip: string } | { seeker: string; slip: string | null }, channel: Schema<'CheckInChannel'>): Promise<Taken> {
    const id = newId(countyNow().getTime())
    if (state.online !== false && !state.signedOut) {
      const { signal, over } = patience()
      try {
        return await takeOnline(id, who, channel, signal)
      } catch (error) {
        if (!isAway(error)) throw error
        state.online = false
      } finally {
        over()
      }
    }
    if (!who.slip) throw new NeedsNetwork()
    return takeOffline(id, who.slip)
  }

  async function takeOnline(id: string, who: { slip: string } | { seeker: string; slip: string | null }, channel: Schema<'CheckInChannel'>, signal: AbortSignal): Promise<Taken> {
    const by = 'seeker' in who ? { seeker_id: who.seeker } : { slip: who.slip }
    const taken = await days.checkIn(station.value, { id, channel, ...by }, signal)
    await book.remember({ id: taken.id, station: taken.station, date: taken.date, number: taken.number, at: taken.at, slip: who.slip, late: taken.late })
    void look()
    return { number: taken.number, at: taken.at, slip: who.slip, first: taken.first, late: taken.late, offline: false }
  }

  /** With the same id: where the service has it after all, and only its answer was lost, it is known again. */
  async function takeOffline(id: string, slip: string): Promise<Taken> {
    const { ticket, first } = await book.take({ id, station: station.value, date: today(), slip, at: countyNow().toISOString() })
    await readLocal()
    return { number: ticket.number, at: ticket.at, slip, first, late: ticket.late, offline: ticket.state === 'waiting' }
  }

  async function standAt(code: string): Promise<void> {
    station.value = code
    stationName.value = stations.nameOf(code)
    roll.value = null
    await book.standAt(code, stationName.value)
    await readLocal()
    await look()
  }

  async function tick(): Promise<void> {
    if (!document.hidden) await look()
    if (!stopped) timer = setTimeout(() => void tick(), POLL_MS)
  }
  const cut = (): void => void (state.online = false)
  const back = (): void => void look()

  onMounted(async () => {
    window.addEventListener('offline', cut)
    window.addEventListener('online', back)
    document.addEventListener('visibilitychange', back)
    const self = await book.self()
    const known = self.station && (stations.inScope.length === 0 || stations.inScope.some((one) => one.code === self.station))
    station.value = asked || (known ? self.station : (session.staff?.station ?? ''))
    stationName.value = stations.byCode.get(station.value)?.facts.short_name ?? self.stationName
    if (station.value && stationName.value) await book.standAt(station.value, stationName.value)
    await readLocal()
    await tick()
  })
  onUnmounted(() => {
    stopped = true
    clearTimeout(timer)
    window.removeEventListener('offline', cut)
    window.removeEventListener('online', back)
    document.removeEventListener('visibilitychange', back)
  })

  return { station, stationName, roll, local, state, checkIn, merge, look, standAt, today }
}
