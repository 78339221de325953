import { describe, expect, it } from 'vitest'
import { changesOf, diffLines } from '../src/kit/lineDiff'
import { inForce, tableText, versionBefore, type RuleVersion } from '../src/pages/rules'

function version(id: string | null, valid_from: string, division: string | null = null): RuleVersion {
  return { id, kind: 'limits', division, valid_from, data: {}, by: 'a', at: null, reason: null }
}

const SHIPPED = version(null, '0001-01-01')
const ALL = [version('3', '2026-06-01', '522730'), version('2', '2026-05-01'), version('1', '2026-06-01'), SHIPPED]

describe('rules', () => {
  it('hold from their day on, those of a division before the general ones', () => {
    expect(inForce(ALL, '522730', '2026-04-30')).toBe(SHIPPED)
    expect(inForce(ALL, '522730', '2026-05-31')?.id).toBe('2')
    expect(inForce(ALL, '522730', '2026-06-01')?.id).toBe('3')
    expect(inForce(ALL, '522701', '2026-06-01')?.id).toBe('1')
  })

  it('are compared with what held before them', () => {
    expect(versionBefore(ALL, ALL[0]!)?.id).toBe('1')
    expect(versionBefore(ALL, ALL[2]!)?.id).toBe('2')
    expect(versionBefore(ALL, ALL[1]!)).toBe(SHIPPED)
    expect(versionBefore(ALL, SHIPPED)).toBeNull()
  })

  it('are written so that they read the same again, whatever their strings hold', () => {
    const table = { a: ['x","y', '": {'], b: { c: Array.from({ length: 40 }, (_, n) => `第${n}条`) }, d: [] as string[], e: {} }
    expect(JSON.parse(tableText(table))).toEqual(table)
    expect(tableText(table).split('\n').length).toBeGreaterThan(40)
  })
})

describe('a difference', () => {
  it('tells what went and what came, and where', () => {
    const before = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].join('\n')
    const after = ['a', 'b', 'c', 'd', 'E', 'f', 'g', 'h', 'i', 'j'].join('\n')
    const shown = changesOf(diffLines(before, after)).map((line) => (typeof line === 'number' ? line : `${line.kind} ${line.text}`))
    expect(shown).toEqual([2, 'same c', 'same d', 'gone e', 'new E', 'same f', 'same g', 'same h', 'same i', 'new j'])
  })

  it('of equal texts is none', () => {
    expect(changesOf(diffLines('a\nb', 'a\nb'))).toEqual([2])
  })
})
