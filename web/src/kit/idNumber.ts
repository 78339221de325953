/** GB 11643: the eighteen characters of a resident's ID number. */

import { dayIn, isDay } from './moments'

export interface Identity {
  sex: 'male' | 'female'
  /** YYYY-MM-DD */
  birth: string
  /** Full years on the day asked for. */
  age: number
}

export type IdFault = 'length' | 'characters' | 'birth' | 'check'

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const CHECKS = '10X98765432'

/** What was typed without blanks, in the usual width, with a capital X. */
export function plainIdNumber(typed: string): string {
  return typed.normalize('NFKC').replace(/\s/g, '').toUpperCase()
}

/** Whom an ID number names, or what is wrong with it. `now`: the moment for which the age is told. */
export function readIdNumber(typed: string, now: Date): Identity | IdFault {
  const id = plainIdNumber(typed)
  if (!/^\d*X?$/.test(id)) return 'characters'
  if (id.length !== 18) return 'length'
  const birth = `${id.slice(6, 10)}-${id.slice(10, 12)}-${id.slice(12, 14)}`
  const today = dayIn(now)
  if (!isDay(birth) || birth < '1900-01-01' || birth > today) return 'birth'
  const sum = WEIGHTS.reduce((total, weight, place) => total + weight * Number(id[place]), 0)
  if (CHECKS[sum % 11] !== id[17]) return 'check'
  return { sex: Number(id[16]) % 2 ? 'male' : 'female', birth, age: fullYears(birth, today) }
}

function fullYears(birth: string, today: string): number {
  const years = Number(today.slice(0, 4)) - Number(birth.slice(0, 4))
  return today.slice(5) < birth.slice(5) ? years - 1 : years
}
