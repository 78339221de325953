/** What somebody looks for, as a form holds it and as commands take it. */

import type { Skill } from '../kit/TradesField.vue'
import type { Schema } from '../api/client'
import type { Wishes } from './seekers'

export interface WishesForm {
  trades: readonly Skill[]
  training: readonly Skill[]
  startUp: boolean
  /** '1' is Monday. */
  days: readonly string[]
  begins: string
  ends: string
  /** As a number field has it: '' while it is empty. */
  distance: string | number
  fen: number | null
  unit: Schema<'WageUnit'>
  people: string | number
  leads: boolean
}

const EVERY_DAY = ['1', '2', '3', '4', '5', '6', '7']

export function wishesForm(of?: Wishes | null): WishesForm {
  return {
    trades: of?.trades.map((one) => ({ trade: one.trade, level: one.level ?? 'able' })) ?? [],
    training: of?.training?.map((trade) => ({ trade, level: '' })) ?? [],
    startUp: of?.start_up ?? false,
    days: of?.days?.map(String) ?? EVERY_DAY,
    begins: of?.hours?.begins ?? '',
    ends: of?.hours?.ends ?? '',
    distance: of?.distance_km === null || of?.distance_km === undefined ? '' : String(of.distance_km),
    fen: of?.least_wage?.fen ?? null,
    unit: of?.least_wage?.unit ?? 'day',
    people: of?.crew ? String(of.crew.people) : '',
    leads: of?.crew?.leads ?? false,
  }
}

export function wishesOf(form: WishesForm): Wishes {
  return {
    trades: form.trades.map((one) => ({ trade: one.trade, level: one.level as Schema<'SkillLevel'> })),
    training: form.training.map((one) => one.trade),
    start_up: form.startUp,
    days: form.days.map(Number),
    hours: form.begins && form.ends ? { begins: form.begins, ends: form.ends } : null,
    distance_km: form.distance === '' ? null : Number(form.distance),
    least_wage: form.fen ? { fen: form.fen, unit: form.unit } : null,
    crew: Number(form.people) > 1 ? { people: Number(form.people), leads: form.leads } : null,
  }
}

/** `06:30` of what somebody typed for an hour of the day ("6", "630", "6：30"); as it was typed when it is none. */
export function clockOf(typed: string): string {
  const plain = typed.normalize('NFKC').replace(/\s/g, '')
  const parts = /^(\d{1,2})(?::?(\d{2}))?$/.exec(plain)
  if (!parts || Number(parts[1]) > 23 || Number(parts[2] ?? 0) > 59) return plain
  return `${parts[1]?.padStart(2, '0')}:${parts[2] ?? '00'}`
}
