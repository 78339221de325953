/** What the pages about employers share. */

import { ask, client, type Schema } from '../api/client'
import { texts } from '../texts.zh-CN'

export type Employer = Schema<'Employer'>
export type Contact = Schema<'EmployerContact'>
export type Sanction = Schema<'Sanction'>
export type SanctionKind = Schema<'SanctionKind'>
export type EmployerRecord = Schema<'EmployerRecord'>
export type Pair = Schema<'EmployerPair'>

export interface EmployerQuery {
  station: string
  text?: string
  kind?: Schema<'EmployerKind'>
  status?: Schema<'EmployerStatus'>
  review?: Schema<'ReviewState'>
  sanction?: SanctionKind
  after?: string
  limit?: number
}

const at = (id: string) => ({ params: { path: { id } } })
const contactAt = (id: string, contact_id: string) => ({ params: { path: { id, contact_id } } })

export const employers = {
  list: (query: EmployerQuery) => ask(client.GET('/api/v1/employers', { params: { query } })),
  read: (id: string) => ask(client.GET('/api/v1/employers/{id}', at(id))),
  register: (body: Schema<'RegisterEmployer'>) => ask(client.POST('/api/v1/employers', { body })),
  amend: (id: string, body: Schema<'AmendEmployerBody'>) => ask(client.PATCH('/api/v1/employers/{id}', { ...at(id), body })),
  close: (id: string, reason: string) => ask(client.POST('/api/v1/employers/{id}/close', { ...at(id), body: { reason } })),
  reopen: (id: string, reason: string) => ask(client.POST('/api/v1/employers/{id}/reopen', { ...at(id), body: { reason } })),
  review: (id: string, body: Schema<'ReviewEmployerBody'>) => ask(client.POST('/api/v1/employers/{id}/review', { ...at(id), body })),
  verify: (id: string, body: Schema<'VerifyEmployerBody'>) => ask(client.POST('/api/v1/employers/{id}/verify', { ...at(id), body })),
  history: async (id: string) => (await ask(client.GET('/api/v1/employers/{id}/history', at(id)))).steps,
  record: (id: string) => ask(client.GET('/api/v1/employers/{id}/record', at(id))),
  pairs: (station: string, after?: string | null, limit = 50) =>
    ask(client.GET('/api/v1/employer-duplicates', { params: { query: { station, limit, ...(after && { after }) } } })),
  dismiss: (pair: string, reason: string) => ask(client.POST('/api/v1/employer-duplicates/{id}/dismiss', { ...at(pair), body: { reason } })),
  merge: (id: string, merged: string, reason: string) => ask(client.POST('/api/v1/employers/{id}/merge', { ...at(id), body: { merged, reason } })),
}

export const contacts = {
  list: async (id: string) => (await ask(client.GET('/api/v1/employers/{id}/contacts', at(id)))).contacts,
  add: (id: string, body: Schema<'AddEmployerContactBody'>) => ask(client.POST('/api/v1/employers/{id}/contacts', { ...at(id), body })),
  amend: (id: string, contact: string, body: Schema<'AmendEmployerContactBody'>) =>
    ask(client.PATCH('/api/v1/employers/{id}/contacts/{contact_id}', { ...contactAt(id, contact), body })),
  remove: (id: string, contact: string) => ask(client.DELETE('/api/v1/employers/{id}/contacts/{contact_id}', contactAt(id, contact))),
  read: (id: string, contact: string, purpose: string) =>
    ask(client.POST('/api/v1/employers/{id}/contacts/{contact_id}/read', { ...contactAt(id, contact), body: { purpose } })),
  reads: async (id: string) => (await ask(client.GET('/api/v1/employers/{id}/contact-reads', at(id)))).reads,
}

export const sanctions = {
  impose: (id: string, body: Schema<'SanctionEmployerBody'>) => ask(client.POST('/api/v1/employers/{id}/sanctions', { ...at(id), body })),
  appeal: (id: string, text: string) => ask(client.POST('/api/v1/sanctions/{id}/appeal', { ...at(id), body: { text } })),
  decide: (id: string, body: Schema<'DecideAppealBody'>) => ask(client.POST('/api/v1/sanctions/{id}/decision', { ...at(id), body })),
  lift: (id: string, reason: string) => ask(client.POST('/api/v1/sanctions/{id}/lift', { ...at(id), body: { reason } })),
}

/** Where it stands in the register; what an old answer leaves out is active. */
export function statusOf(one: Employer): Schema<'EmployerStatus'> {
  return one.status ?? 'active'
}

/** Whether somebody has made sure of it, as of now. */
export function verificationOf(one: Employer, now = Date.now()): 'verified' | 'lapsed' | 'unverified' {
  if (!one.verified_until) return 'unverified'
  return Date.parse(one.verified_until) > now ? 'verified' : 'lapsed'
}

/** Words between 、, commas or blanks. */
export function tradesOf(typed: string): string[] {
  return [...new Set(typed.split(/[、，,;；\s]+/).filter(Boolean))]
}

export function factsOf(one: Employer, stationName: string) {
  const t = texts.employers
  return [
    { key: 'name', name: t.name, value: one.name, wide: true },
    { key: 'kind', name: t.kind, value: t.kinds[one.kind] },
    { key: 'station', name: texts.common.station, value: stationName },
    { key: 'code', name: t.creditCode, value: one.credit_code, wide: true },
    { key: 'address', name: t.address, value: one.address, wide: true },
    { key: 'industry', name: t.industry, value: one.industry },
    { key: 'size', name: t.size, value: one.size ? t.sizes[one.size] : null },
    { key: 'trades', name: t.trades, value: one.trades?.join('、'), wide: true },
  ]
}
