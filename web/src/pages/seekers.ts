/** The register of people who look for work, as the console works on it. */

import { ask, client, type Schema } from '../api/client'
import { dayIn } from '../kit/moments'
import { matcherFor } from '../kit/pinyin'
import { isPhone, plainPhone } from '../kit/phone'
import { plainSlip } from '../kit/slip'
import type { Page, PageRequest } from '../kit/table'
import { texts } from '../texts.zh-CN'

export type Seeker = Schema<'Seeker'>
export type Wishes = Schema<'Wishes'>
export type Purpose = Schema<'ConsentPurpose'>
export type Field = Schema<'PersonalField'>

export const PURPOSES: readonly Purpose[] = ['id_number', 'public_display', 'messages']

const at = (id: string) => ({ params: { path: { id } } })

export interface SeekerFilter {
  station: string
  status?: Schema<'SeekerStatus'>
  registered_from?: string
}

export const seekers = {
  list: (query: SeekerFilter & { trade?: string; after?: string; limit: number }) => ask(client.GET('/api/v1/seekers', { params: { query } })),
  search: (body: Schema<'SearchSeekers'>) => ask(client.POST('/api/v1/seekers/search', { body })),
  lookUp: (station: string, id_number: string) => ask(client.POST('/api/v1/seekers/look-up', { body: { station, id_number } })),
  register: (body: Schema<'RegisterSeeker'>) => ask(client.POST('/api/v1/seekers', { body })),
  transfer: (station: string, id_number: string) => ask(client.POST('/api/v1/seekers/transfer', { body: { station, id_number, person_present: true } })),
  read: (id: string) => ask(client.GET('/api/v1/seekers/{id}', at(id))),
  amend: (id: string, body: Schema<'AmendSeekerBody'>) => ask(client.PATCH('/api/v1/seekers/{id}', { ...at(id), body })),
  close: (id: string, reason: Schema<'CloseReason'>) => ask(client.POST('/api/v1/seekers/{id}/close', { ...at(id), body: { reason } })),
  reopen: (id: string) => ask(client.POST('/api/v1/seekers/{id}/reopen', { ...at(id), body: {} })),
  replaceSlip: (id: string) => ask(client.POST('/api/v1/seekers/{id}/slip', { ...at(id), body: {} })),
  erase: (id: string, reason: Schema<'ErasureReason'>) => ask(client.POST('/api/v1/seekers/{id}/erase', { ...at(id), body: { reason } })),
  steps: (id: string) => ask(client.GET('/api/v1/seekers/{id}/steps', { params: { path: { id }, query: { limit: 200 } } })),
  consentTexts: () => ask(client.GET('/api/v1/consent-texts')),
  consents: (id: string) => ask(client.GET('/api/v1/seekers/{id}/consents', at(id))),
  give: (id: string, purpose: Purpose, called_by: Schema<'CalledBy'>) => ask(client.POST('/api/v1/seekers/{id}/consents', { ...at(id), body: { purpose, called_by } })),
  withdraw: (id: string, purpose: Purpose) => ask(client.DELETE('/api/v1/seekers/{id}/consents/{purpose}', { params: { path: { id, purpose } } })),
  readInClear: (id: string, fields: Field[], purpose: Schema<'ReadingPurpose'>) => ask(client.POST('/api/v1/seekers/{id}/clear-readings', { ...at(id), body: { fields, purpose } })),
  readings: (id: string) => ask(client.GET('/api/v1/seekers/{id}/clear-readings', { params: { path: { id }, query: { limit: 50 } } })),
}

// --- finding ---------------------------------------------------------------------------------------------

type Found = Schema<'SeekerList'>

const BATCH = 200
/** Beyond so many looked through, a search that only the page can answer tells what it has. */
const MOST_BATCHES = 5

/** What somebody typed into the search box means. */
export function meaningOf(typed: string): { kind: 'all' | 'slip' | 'phone' | 'name' | 'trade' | 'masked'; value: string } {
  const text = typed.normalize('NFKC').trim()
  if (!text) return { kind: 'all', value: '' }
  if (isPhone(text)) return { kind: 'phone', value: plainPhone(text) }
  if (texts.trades.includes(text)) return { kind: 'trade', value: text }
  if (/^[\u3400-\u9fff·*]+$/.test(text)) return { kind: 'name', value: text }
  const slip = plainSlip(text)
  return slip ? { kind: 'slip', value: slip } : { kind: 'masked', value: text }
}

/** One page of the register by what the search box and the filters say. */
export async function findSeekers(request: PageRequest, filter: SeekerFilter): Promise<Page<Seeker>> {
  const { kind, value } = meaningOf(request.text)
  const paging = { limit: request.limit, ...(request.after && { after: request.after }) }
  if (kind === 'all') return pageOf(await seekers.list({ ...filter, ...paging }))
  if (kind === 'trade') return pageOf(await seekers.list({ ...filter, status: undefined, trade: value, ...paging }), filter)
  if (kind !== 'masked') {
    const found = pageOf(await seekers.search({ station: filter.station, [kind]: value, ...paging }), filter)
    // Six letters can be a slip, or the beginning of somebody's pinyin.
    if (found.rows.length > 0 || kind !== 'slip' || /\d/.test(request.text)) return found
  }
  return byMasked(request, filter)
}

/** By pinyin of surname and trades, or the last digits of a number: all that the masked register holds. */
async function byMasked(request: PageRequest, filter: SeekerFilter): Promise<Page<Seeker>> {
  const wanted = request.text.trim()
  const matches = await matcherFor(wanted)
  const rows: Seeker[] = []
  let after = request.after
  for (let batch = 0; batch < MOST_BATCHES && rows.length < request.limit; batch++) {
    const found = await seekers.list({ ...filter, limit: BATCH, ...(after && { after }) })
    rows.push(...found.seekers.filter((one) => wordsOf(one).some((word) => matches(word, wanted))))
    after = found.next
    if (!after) break
  }
  return { rows, next: after }
}

/** What of an entry can be searched without opening it. */
function wordsOf(one: Seeker): string[] {
  const trades = one.wishes?.trades.map((skill) => skill.trade) ?? []
  const numbers = [one.masked_phone, one.masked_relative_phone, one.masked_id_number]
  return [one.masked_name.replace(/\*/g, ''), ...trades, ...numbers.filter((text): text is string => Boolean(text))]
}

/** filter: for answers that the server has not filtered. */
function pageOf(found: Found, filter?: SeekerFilter): Page<Seeker> {
  return { rows: filter ? found.seekers.filter((one) => passes(one, filter)) : found.seekers, next: found.next }
}

function passes(one: Seeker, { status, registered_from = '' }: SeekerFilter): boolean {
  return (!status || one.status === status) && dayIn(new Date(one.registered_at)) >= registered_from
}

// --- words -----------------------------------------------------------------------------------------------

const t = texts.seekers

export function tradesText(wishes: Wishes | null): string {
  return wishes?.trades.map((skill) => `${skill.trade}${skill.level && skill.level !== 'able' ? `（${t.levels[skill.level]}）` : ''}`).join('、') ?? ''
}

export function personText(one: Seeker): string {
  return [one.sex ? t.sexes[one.sex] : '', one.age === null ? '' : t.age(one.age)].filter(Boolean).join(' ')
}

/** 每天, 周一至周五, 周末, or the days one by one. */
export function daysText(days: readonly number[]): string {
  const key = [...days].sort((a, b) => a - b).join('')
  return t.daysKnown[key] ?? t.daysOf([...days].sort((a, b) => a - b).map((day) => t.days[day] ?? ''))
}

export function wishFacts(wishes: Wishes) {
  const wage = wishes.least_wage
  return [
    { key: 'trades', name: t.trades, value: tradesText(wishes), wide: true },
    { key: 'days', name: t.daysFree, value: daysText(wishes.days ?? []) },
    { key: 'hours', name: t.hours, value: wishes.hours ? `${wishes.hours.begins}–${wishes.hours.ends}` : t.any },
    { key: 'distance', name: t.distance, value: wishes.distance_km === null || wishes.distance_km === undefined ? t.anywhere : t.kilometres(wishes.distance_km) },
    { key: 'wage', name: t.leastWage, value: wage ? t.wageText(wage.fen / 100, texts.postings.units[wage.unit] ?? '') : t.any },
    { key: 'crew', name: t.crew, value: wishes.crew ? t.crewText(wishes.crew.people, wishes.crew.leads ?? false) : t.alone },
    { key: 'training', name: t.training, value: wishes.training?.join('、') },
    { key: 'startUp', name: t.startUp, value: wishes.start_up ? texts.common.yes : texts.common.no },
  ]
}
