/** Moments travel as RFC 3339 in UTC and are shown in the county's time, which is UTC+8 all the year. */

const OFFSET_MS = 8 * 3600_000

/** The county's calendar day of a moment, YYYY-MM-DD. */
export function dayIn(moment: Date): string {
  return new Date(moment.getTime() + OFFSET_MS).toISOString().slice(0, 10)
}

/** Whether YYYY-MM-DD is a day of the calendar. */
export function isDay(day: string): boolean {
  const read = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(read.getTime()) && read.toISOString().slice(0, 10) === day
}

/** `2026-03-03T06:30` in the county, as an input of type datetime-local holds it; '' for none. */
export function localOf(moment: string | null | undefined): string {
  if (!moment) return ''
  return new Date(Date.parse(moment) + OFFSET_MS).toISOString().slice(0, 16)
}

/** The moment of such a local time; null when it is incomplete. */
export function momentOf(local: string): string | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(local)) return null
  const read = Date.parse(`${local.slice(0, 16)}:00+08:00`)
  return Number.isNaN(read) ? null : new Date(read).toISOString()
}

/** `03-03 06:30`, with the year where it is another than now's; '' for none. */
export function shortMoment(moment: string | null | undefined, now = new Date()): string {
  const local = localOf(moment)
  if (!local) return ''
  const here = local.startsWith(dayIn(now).slice(0, 4)) ? local.slice(5) : local
  return here.replace('T', ' ')
}

/** How long ago, in the largest whole unit; never negative. */
export function ago(moment: string, now: Date): { count: number; unit: 'second' | 'minute' | 'hour' | 'day' } {
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(moment)) / 1000))
  if (seconds < 60) return { count: seconds, unit: 'second' }
  if (seconds < 3600) return { count: Math.floor(seconds / 60), unit: 'minute' }
  if (seconds < 86400) return { count: Math.floor(seconds / 3600), unit: 'hour' }
  return { count: Math.floor(seconds / 86400), unit: 'day' }
}
