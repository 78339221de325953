/** What the pages about postings share. */

import { ask, client, type Schema } from '../api/client'
import { yuanOf } from '../kit/money'
import { texts } from '../texts.zh-CN'

export type Posting = Schema<'Posting'>
export type Status = Schema<'PostingStatus'>
export type Stage = Schema<'PostingStage'>
export type Step = 'submit' | 'verify' | 'reject' | 'publish' | 'withdraw' | 'take' | 'reconfirm' | 'close'

export const STATUSES: readonly Status[] = ['draft', 'submitted', 'verified', 'rejected', 'published', 'withdrawn', 'expired']

const STEPS: Readonly<Partial<Record<Stage, readonly (Step | 'amend')[]>>> = {
  draft: ['submit', 'amend'],
  rejected: ['amend'],
  submitted: ['verify', 'reject', 'withdraw'],
  verified: ['publish', 'withdraw'],
  published: ['take', 'reconfirm', 'close', 'withdraw'],
  partly_filled: ['take', 'reconfirm', 'close', 'withdraw'],
  filled: ['take', 'close'],
  lapsed: ['reconfirm', 'close', 'withdraw'],
}

/** The status in full; a posting from before there were stages tells only the status. */
export function stageOf(posting: Posting): Stage {
  return posting.stage ?? posting.status
}

/** What the buttons offer; the service has the last word. */
export function stepsOf(posting: Posting): readonly (Step | 'amend')[] {
  return STEPS[stageOf(posting)] ?? []
}

export function wageText(wage: Schema<'Wage'>): string {
  const unit = wage.unit === 'piece' ? (wage.piece_name ?? texts.postings.units['piece']) : texts.postings.units[wage.unit]
  const upper = wage.max_fen ? `–${yuanOf(wage.max_fen)}` : ''
  return `${yuanOf(wage.fen)}${upper} ${texts.common.yuan}/${unit}`
}

export function providesText(terms: Schema<'PostingTerms'>): string {
  const { meals, lodging, transport } = texts.postings
  return [terms.meals && meals, terms.lodging && lodging, terms.transport && transport].filter(Boolean).join('、')
}

/** One line that names a posting, as in questions and messages. */
export function nameOf(posting: Posting): string {
  return `${posting.terms.trade}（${posting.terms.place}）`
}

const path = (id: string) => ({ params: { path: { id } } })

export const postings = {
  draft: (body: Schema<'DraftPosting'>) => ask(client.POST('/api/v1/postings', { body })),
  read: (id: string) => ask(client.GET('/api/v1/postings/{id}', path(id))),
  history: (id: string) => ask(client.GET('/api/v1/postings/{id}/history', path(id))),
  submit: (id: string) => ask(client.POST('/api/v1/postings/{id}/submit', { ...path(id), body: {} })),
  verify: (id: string, body: Schema<'VerifyPostingBody'>) => ask(client.POST('/api/v1/postings/{id}/verify', { ...path(id), body })),
  reject: (id: string, reason: string) => ask(client.POST('/api/v1/postings/{id}/reject', { ...path(id), body: { reason } })),
  publish: (id: string) => ask(client.POST('/api/v1/postings/{id}/publish', { ...path(id), body: {} })),
  withdraw: (id: string, reason: string) => ask(client.POST('/api/v1/postings/{id}/withdraw', { ...path(id), body: { reason } })),
}

export interface PostingQuery {
  station: string
  status?: Status | null
  after?: string | null
  limit?: number
  /** Words, pinyin or its initials; all have to be in the posting. */
  text?: string
}

/** A page of the postings of a station and all below it, newest first. */
export function listPostings({ station, status, after, limit, text }: PostingQuery) {
  const query = { station, ...(status && { status }), ...(after && { after }), ...(limit && { limit }) }
  if (text) return ask(client.GET('/api/v1/postings/search', { params: { query: { ...query, text } } }))
  return ask(client.GET('/api/v1/postings', { params: { query } }))
}
