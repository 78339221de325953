/** What the pages about fairs share. */

import { ask, client, type Schema } from '../api/client'

export type Fair = Schema<'Fair'>
export type FairSummary = Schema<'FairSummary'>
export type FairEmployer = Schema<'FairEmployer'>
export type FairStatus = Schema<'FairStatus'>
export type FairStep = 'amend' | 'announce' | 'hold' | 'close' | 'cancel'

export const FAIR_STATUSES: readonly FairStatus[] = ['planned', 'announced', 'held', 'closed', 'cancelled']

const STEPS: Readonly<Record<FairStatus, readonly FairStep[]>> = {
  planned: ['announce', 'amend', 'cancel'],
  announced: ['hold', 'amend', 'cancel'],
  held: ['close'],
  closed: [],
  cancelled: [],
}

/** What the buttons offer; the service has the last word. */
export function fairSteps(fair: Fair): readonly FairStep[] {
  return STEPS[fair.status] ?? []
}

export type AttendanceStep = 'confirm' | 'check-in' | 'decline'

/** What can be done with an employer at a fair as it stands. Somebody who came by mistake is taken back by 不来. */
export function attendanceSteps(fair: Fair, one: FairEmployer): readonly AttendanceStep[] {
  if (fair.status === 'closed' || fair.status === 'cancelled') return []
  const steps: AttendanceStep[] = []
  if (fair.status === 'held' && one.attendance !== 'came') steps.push('check-in')
  if (one.attendance === 'invited' || one.attendance === 'declined') steps.push('confirm')
  if (one.attendance !== 'declined') steps.push('decline')
  return steps
}

const at = (id: string) => ({ params: { path: { id } } })
const of = (id: string, employer_id: string) => ({ params: { path: { id, employer_id } } })

export const fairs = {
  list: (query: { station: string; status?: FairStatus | null; after?: string | null; limit?: number }) => {
    const { station, status, after, limit } = query
    return ask(client.GET('/api/v1/fairs', { params: { query: { station, ...(status && { status }), ...(after && { after }), ...(limit && { limit }) } } }))
  },
  short: (station: string) => ask(client.GET('/api/v1/short-fairs', { params: { query: { station } } })),
  month: (station: string, month: string) => ask(client.GET('/api/v1/fair-months/{month}', { params: { path: { month }, query: { station } } })),
  plan: (station: string, plan: Schema<'FairPlan'>) => ask(client.POST('/api/v1/fairs', { body: { station, plan } })),
  read: (id: string) => ask(client.GET('/api/v1/fairs/{id}', at(id))),
  history: (id: string) => ask(client.GET('/api/v1/fairs/{id}/history', at(id))),
  amend: (id: string, plan: Schema<'FairPlan'>, expected_sequence: number) => ask(client.PATCH('/api/v1/fairs/{id}', { ...at(id), body: { plan, expected_sequence } })),
  announce: (id: string) => ask(client.POST('/api/v1/fairs/{id}/announce', { ...at(id), body: {} })),
  hold: (id: string) => ask(client.POST('/api/v1/fairs/{id}/hold', { ...at(id), body: {} })),
  close: (id: string) => ask(client.POST('/api/v1/fairs/{id}/close', { ...at(id), body: {} })),
  cancel: (id: string, reason: string) => ask(client.POST('/api/v1/fairs/{id}/cancel', { ...at(id), body: { reason } })),
  invite: (id: string, employer_ids: readonly string[]) => ask(client.POST('/api/v1/fairs/{id}/employers', { ...at(id), body: { employer_ids: [...employer_ids] } })),
  confirm: (id: string, employer: string, booth: number | null) =>
    ask(client.POST('/api/v1/fairs/{id}/employers/{employer_id}/confirm', { ...of(id, employer), body: { booth } })),
  checkIn: (id: string, employer: string, booth: number | null) =>
    ask(client.POST('/api/v1/fairs/{id}/employers/{employer_id}/check-in', { ...of(id, employer), body: { booth } })),
  decline: (id: string, employer: string) => ask(client.POST('/api/v1/fairs/{id}/employers/{employer_id}/decline', { ...of(id, employer), body: {} })),
  bring: (id: string, employer: string, posting_ids: readonly string[]) =>
    ask(client.POST('/api/v1/fairs/{id}/employers/{employer_id}/postings', { ...of(id, employer), body: { posting_ids: [...posting_ids] } })),
  intend: (id: string, employer: string, intents: number) =>
    ask(client.POST('/api/v1/fairs/{id}/employers/{employer_id}/intents', { ...of(id, employer), body: { intents } })),
  reach: (id: string, people: number, source: Schema<'ReachSource'>) => ask(client.POST('/api/v1/fairs/{id}/reach', { ...at(id), body: { people, source } })),
}
