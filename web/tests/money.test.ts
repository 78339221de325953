import { describe, expect, it } from 'vitest'
import { fenOf, yuanOf } from '../src/kit/money'

describe('money', () => {
  it.each([
    ['180', 18000], ['180.5', 18050], ['0.06', 6], ['1,200.00', 120000], ['１８０元', 18000], [' 19.90 ', 1990], ['4.35', 435], ['8.', 800],
  ])('reads %s as fen without a float in between', (typed, fen) => {
    expect(fenOf(typed)).toBe(fen)
  })

  it.each(['', '-1', '1.234', 'abc', '1e3', '.5', '99999999999'])('takes %s for no amount', (typed) => {
    expect(fenOf(typed)).toBeNull()
  })

  it('writes what it reads', () => {
    for (const fen of [1, 99, 100, 18050, 29999]) expect(fenOf(yuanOf(fen))).toBe(fen)
    expect(yuanOf(18000)).toBe('180')
    expect(yuanOf(-5)).toBe('-0.05')
  })
})
