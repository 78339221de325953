/** Tables of rules: which version is in force where and when, and how they are written. */

import { ask, client, type Schema } from '../api/client'

export type RuleKind = Schema<'RuleKind'>
export type RuleVersion = Schema<'RuleVersion'>

export const RULE_KINDS: readonly RuleKind[] = ['wage_floors', 'wording', 'limits', 'minors', 'posting_limits', 'folding']

export const rules = {
  versions: async (kind: RuleKind) => (await ask(client.GET('/api/v1/rules/{kind}', { params: { path: { kind } } }))).versions,
  add: (kind: RuleKind, body: Schema<'AddRuleVersionBody'>) => ask(client.POST('/api/v1/rules/{kind}', { params: { path: { kind } }, body })),
}

/** The order in which versions replace each other: by day, one of a division after the general one, then as they were written. */
function isAfter(one: RuleVersion, other: RuleVersion): boolean {
  const key = (of: RuleVersion): string => `${of.valid_from} ${of.division ? 1 : 0} ${of.id ?? ''}`
  return key(one) > key(other)
}
const lastOf = (versions: readonly RuleVersion[]): RuleVersion | null =>
  versions.reduce<RuleVersion | null>((last, one) => (last === null || isAfter(one, last) ? one : last), null)
const shippedOf = (versions: readonly RuleVersion[]): RuleVersion | null => versions.find((one) => one.id === null) ?? null
const holdsIn = (one: RuleVersion, division: string): boolean => !one.division || one.division === division

/** What is in force in a division ('' for one without rules of its own) on a day; what was shipped, before anything was written. */
export function inForce(versions: readonly RuleVersion[], division: string, day: string): RuleVersion | null {
  return lastOf(versions.filter((one) => one.id !== null && holdsIn(one, division) && one.valid_from <= day)) ?? shippedOf(versions)
}

/** The version that this one replaced; null for the shipped one. */
export function versionBefore(versions: readonly RuleVersion[], one: RuleVersion): RuleVersion | null {
  if (one.id === null) return null
  return lastOf(versions.filter((other) => other.id !== null && holdsIn(other, one.division ?? '') && isAfter(one, other))) ?? shippedOf(versions)
}

const MOST_IN_A_LINE = 110

function oneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  return `{${Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${oneLine(one)}`).join(', ')}}`
}

/** A table as text, the same for equal tables: short lists and objects in one line, as the shipped files have them. */
export function tableText(value: unknown, indent = ''): string {
  const short = oneLine(value)
  if (indent && short.length + indent.length <= MOST_IN_A_LINE) return short
  const inner = `${indent}  `
  if (Array.isArray(value)) return value.length ? `[\n${value.map((one) => inner + tableText(one, inner)).join(',\n')}\n${indent}]` : '[]'
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).map(([key, one]) => `${inner}${JSON.stringify(key)}: ${tableText(one, inner)}`)
    return entries.length ? `{\n${entries.join(',\n')}\n${indent}}` : '{}'
  }
  return short
}
