/** A station's day: who came, who is called, the draw. */

import { ask, client, type Schema } from '../api/client'

const of = (code: string) => ({ params: { path: { code } } })

export const days = {
  checkIn: (code: string, body: Schema<'TakeCheckInBody'>, signal?: AbortSignal) => ask(client.POST('/api/v1/stations/{code}/check-ins', { ...of(code), body, signal })),
  merge: (code: string, body: Schema<'MergeCheckInsBody'>) => ask(client.POST('/api/v1/stations/{code}/check-ins/merge', { ...of(code), body })),
  reserve: (code: string, date: string, desk: string) => ask(client.POST('/api/v1/stations/{code}/check-ins/series', { ...of(code), body: { date, desk } })),
  /** With the answer's own moment, by which a desk's clock is judged. */
  roll: (code: string, signal?: AbortSignal) => client.GET('/api/v1/stations/{code}/roll', { ...of(code), signal }),
  rollOf: (code: string) => ask(days.roll(code)),
  day: (code: string) => ask(client.GET('/api/v1/stations/{code}/day', of(code))),
  draw: (code: string, date: string) => ask(client.GET('/api/v1/stations/{code}/draws/{date}', { params: { path: { code, date } } })),
  setOrder: (code: string, order: Schema<'QueueOrder'>) => ask(client.POST('/api/v1/stations/{code}/queue-order', { ...of(code), body: { order } })),
  announce: (code: string) => ask(client.POST('/api/v1/stations/{code}/draw/announce', { ...of(code), body: {} })),
  close: (code: string) => ask(client.POST('/api/v1/stations/{code}/draw/close', { ...of(code), body: {} })),
  reveal: (code: string) => ask(client.POST('/api/v1/stations/{code}/draw/reveal', { ...of(code), body: {} })),
  override: (code: string, body: Schema<'OverrideDrawBody'>) => ask(client.POST('/api/v1/stations/{code}/draw/override', { ...of(code), body })),
  callNext: (code: string) => ask(client.POST('/api/v1/stations/{code}/calls/next', { ...of(code), body: {} })),
  call: (code: string, number: string) => ask(client.POST('/api/v1/stations/{code}/calls', { ...of(code), body: { number } })),
}
