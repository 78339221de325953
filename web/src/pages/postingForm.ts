/** A posting's terms as a form holds them, out of a posting or of what was said, and back. */

import type { Schema } from '../api/client'
import { momentOf } from '../kit/moments'

export type Spoken = Schema<'SpokenPosting'>

/** '' and null: not given. Nothing of what was said is guessed, and what was not said stays empty. */
export interface PostingForm {
  trade: string
  fen: number | null
  maxFen: number | null
  unit: Schema<'WageUnit'> | ''
  piece: string
  settlement: Schema<'Settlement'> | ''
  headcount: string
  place: string
  startsAt: string | null
  endsAt: string | null
  hours: string
  meals: boolean
  lodging: boolean
  transport: boolean
  description: string
}

/** What a form that somebody fills in himself begins with. */
export const USUAL: PostingForm = {
  trade: '', fen: null, maxFen: null, unit: 'day', piece: '', settlement: 'daily', headcount: '1', place: '', startsAt: null, endsAt: null, hours: '', meals: false,
  lodging: false, transport: false, description: '',
}

/** What a form that is filled by speech begins with. */
export const UNSAID: PostingForm = { ...USUAL, unit: '', settlement: '', headcount: '' }

export function formOf(terms: Schema<'PostingTerms'>): PostingForm {
  const { wage } = terms
  return {
    trade: terms.trade, fen: wage.fen, maxFen: wage.max_fen ?? null, unit: wage.unit, piece: wage.piece_name ?? '', settlement: terms.settlement,
    headcount: String(terms.headcount), place: terms.place, startsAt: terms.starts_at, endsAt: terms.ends_at ?? null,
    hours: terms.hours_per_day ? String(terms.hours_per_day) : '', meals: terms.meals ?? false, lodging: terms.lodging ?? false,
    transport: terms.transport ?? false, description: terms.description ?? '',
  }
}

/** Of a range of hands the upper end: so many are taken. A lump sum has no unit that a posting knows, so it is left out. */
export function formOfSpeech(said: Spoken): PostingForm {
  const isLump = said.wage_unit === 'total'
  return {
    ...UNSAID,
    trade: said.trade ?? '',
    fen: isLump ? null : (said.wage_fen ?? null),
    maxFen: isLump ? null : (said.wage_max_fen ?? null),
    unit: said.wage_unit && said.wage_unit !== 'total' ? said.wage_unit : '',
    settlement: said.settlement ?? '',
    headcount: String(said.headcount_max ?? said.headcount ?? ''),
    place: said.place ?? '',
    startsAt: momentSaid(said.date, said.time),
    hours: said.hours ? String(said.hours) : '',
    meals: said.meals ?? false,
    lodging: said.lodging ?? false,
    transport: said.transport ?? false,
  }
}

function momentSaid(day: string | null | undefined, time: string | null | undefined): string | null {
  return day && time ? momentOf(`${day}T${time.slice(0, 5)}`) : null
}

export function termsOf(form: PostingForm): Schema<'PostingTerms'> {
  return {
    trade: form.trade.trim(),
    wage: { fen: form.fen ?? 0, max_fen: form.maxFen, unit: form.unit as Schema<'WageUnit'>, piece_name: form.unit === 'piece' ? form.piece.trim() : null },
    settlement: form.settlement as Schema<'Settlement'>,
    headcount: Number(form.headcount) || 0,
    place: form.place.trim(),
    starts_at: form.startsAt ?? '',
    ends_at: form.endsAt,
    hours_per_day: Number(form.hours) || null,
    meals: form.meals,
    lodging: form.lodging,
    transport: form.transport,
    description: form.description.trim(),
  }
}

/** `form` after it was heard anew: what a person has changed since `before` was heard stays as he left it. */
export function heardAnew(form: PostingForm, before: PostingForm, now: PostingForm): PostingForm {
  const keys = Object.keys(form) as (keyof PostingForm)[]
  return Object.fromEntries(keys.map((key) => [key, form[key] === before[key] ? now[key] : form[key]])) as unknown as PostingForm
}
