/** What the pages about dispatches share: the interface, who is where, whose turn it is. */

import { ask, client, type Schema } from '../api/client'
import { listPostings, type Posting } from './postings'

export type Dispatch = Schema<'Dispatch'>
export type DispatchStatus = Schema<'DispatchStatus'>
export type Slip = Schema<'DispatchSlip'>
export type WaitingWorker = Schema<'WaitingWorker'>
export type OfferSource = Schema<'OfferSource'>
export type Side = Schema<'Side'>
export type PayMethod = Schema<'PayMethod'>

export const PAY_METHODS: readonly PayMethod[] = ['cash', 'wechat', 'alipay', 'bank', 'other']
const MOST = 200

const at = (id: string) => ({ params: { path: { id } } })

export const dispatches = {
  read: (id: string) => ask(client.GET('/api/v1/dispatches/{id}', at(id))),
  list: (query: { station: string; desk?: boolean; unsettled?: boolean; status?: DispatchStatus; limit?: number; after?: string }) =>
    ask(client.GET('/api/v1/dispatches', { params: { query } })),
  queue: (code: string) => ask(client.GET('/api/v1/stations/{code}/dispatch-queue', { params: { path: { code } } })),
  offer: (posting_id: string, body: Schema<'StartOffersBody'>) =>
    ask(client.POST('/api/v1/postings/{posting_id}/offers', { params: { path: { posting_id } }, body })),
  accept: (id: string, body: Schema<'AcceptDispatchBody'>) => ask(client.POST('/api/v1/dispatches/{id}/accept', { ...at(id), body })),
  acceptCrew: (crew_id: string, members: Schema<'AcceptCrewBody'>['members']) =>
    ask(client.POST('/api/v1/crews/{crew_id}/accept', { params: { path: { crew_id } }, body: { members } })),
  decline: (id: string) => ask(client.POST('/api/v1/dispatches/{id}/decline', { ...at(id), body: {} })),
  send: (id: string) => ask(client.POST('/api/v1/dispatches/{id}/send', { ...at(id), body: {} })),
  slip: (id: string, anew: boolean) => ask(client.POST('/api/v1/dispatches/{id}/slip', { ...at(id), body: { anew } })),
  cancel: (id: string, reason: string) => ask(client.POST('/api/v1/dispatches/{id}/cancel', { ...at(id), body: { reason } })),
  noShow: (id: string, reason: string) => ask(client.POST('/api/v1/dispatches/{id}/no-show', { ...at(id), body: { reason } })),
  arrival: (id: string, side: Side, means: Schema<'ConfirmationMeans'>) =>
    ask(client.POST('/api/v1/dispatches/{id}/arrival', { ...at(id), body: { side, means } })),
  pay: (id: string, body: Schema<'ConfirmPayBody'>) => ask(client.POST('/api/v1/dispatches/{id}/pay', { ...at(id), body })),
  rate: (id: string, body: Schema<'RateDispatchBody'>) => ask(client.POST('/api/v1/dispatches/{id}/rate', { ...at(id), body })),
  bySlip: (body: Schema<'ConfirmBySlip'>) => ask(client.POST('/api/v1/slips/confirm', { body })),
  ofSlip: (code: string) => ask(client.POST('/api/v1/slips/read', { body: { code } })),
  recommended: (id: string) => ask(client.GET('/api/v1/postings/{id}/recommendations', at(id))),
  punctuality: (employer_id: string) => ask(client.GET('/api/v1/employers/{employer_id}/punctuality', { params: { path: { employer_id } } })),
}

/** A job with hands missing, or with people of today. elsewhere: another station's that asks this one. */
export interface Job {
  posting: Posting
  people: readonly Dispatch[]
  elsewhere: boolean
}

export interface Morning {
  jobs: readonly Job[]
  queue: readonly WaitingWorker[]
  drawn: boolean
}

const ENDED = new Set<DispatchStatus>(['declined', 'expired', 'cancelled'])
/** The order in which people of a job are listed. */
const ORDER: readonly DispatchStatus[] = ['offered', 'accepted', 'dispatched', 'arrived', 'worked', 'unpaid', 'no_show', 'paid']

export function missingOf(posting: Posting): number {
  return Math.max(posting.terms.headcount - (posting.taken ?? 0), 0)
}

function asks(posting: Posting, stations: ReadonlySet<string>): boolean {
  return posting.overflow === 'county' || (posting.overflow_to ?? []).some((code) => stations.has(code))
}

/** What a station's dispatch board shows. scope: it and all below it; county: the top of the network. */
export async function readMorning(station: string, scope: ReadonlySet<string>, county: string): Promise<Morning> {
  const [open, full, others, here, sent, queue] = await Promise.all([
    listPostings({ station, status: 'published', limit: MOST }),
    ask(client.GET('/api/v1/postings/search', { params: { query: { station, stage: 'filled', limit: MOST } } })),
    listPostings({ station: county, status: 'published', limit: MOST }),
    dispatches.list({ station, limit: MOST }),
    dispatches.list({ station, desk: true, limit: MOST }),
    dispatches.queue(station),
  ])
  const people = new Map<string, Dispatch>()
  for (const one of [...here.dispatches, ...sent.dispatches]) if (!ENDED.has(one.status)) people.set(one.id, one)
  const own = [...open.postings, ...full.postings]
  const guests = others.postings.filter((one) => !scope.has(one.station) && asks(one, scope))
  const known = new Set([...own, ...guests].map((one) => one.id))
  const over = await Promise.all([...new Set([...people.values()].map((one) => one.posting_id))].filter((id) => !known.has(id)).slice(0, 40).map(readPosting))
  const listed = [...own, ...guests, ...over.filter((one): one is Posting => one !== null)]
  const jobs = listed.map((posting) => ({ posting, people: peopleOf(posting.id, people.values()), elsewhere: !scope.has(posting.station) }))
  jobs.sort((a, b) => urgency(a) - urgency(b) || (a.posting.terms.starts_at < b.posting.terms.starts_at ? -1 : 1))
  return { jobs, queue: queue.workers, drawn: queue.drawn }
}

async function readPosting(id: string): Promise<Posting | null> {
  return ask(client.GET('/api/v1/postings/{id}', at(id))).catch(() => null)
}

function peopleOf(id: string, all: Iterable<Dispatch>): Dispatch[] {
  return [...all].filter((one) => one.posting_id === id).sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status) || (a.id < b.id ? -1 : 1))
}

/** Hands missing first, then those with people on their way, what is over last. */
function urgency(job: Job): number {
  if (job.posting.status === 'published' && missingOf(job.posting) > 0) return 0
  return job.people.some((one) => one.status !== 'paid') ? 1 : 2
}

/** The dispatch that somebody of the queue has open, or is bound to. */
export function stateOfWorker(worker: WaitingWorker): 'free' | 'offered' | 'bound' {
  if (worker.dispatches.some((one) => one.status !== 'offered')) return 'bound'
  return worker.dispatches.length > 0 ? 'offered' : 'free'
}

/** Whole seconds until an offer ends; 0 when it has. */
export function secondsLeft(dispatch: Dispatch, now: number): number {
  return Math.max(0, Math.floor((Date.parse(dispatch.offer_expires_at) - now) / 1000))
}

export function clockOf(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** What a slip's code is for; null for a text that is none. */
export function stepOfCode(code: string): 'arrival' | 'pay' | null {
  const read = /^YZ1\.[0-9A-HJKMNP-TV-Z]{8}\.([AP])\.[0-9A-HJKMNP-TV-Z]{16}$/.exec(code.trim().toUpperCase())
  return read ? (read[1] === 'A' ? 'arrival' : 'pay') : null
}
