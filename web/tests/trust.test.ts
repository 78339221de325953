import { describe, expect, it } from 'vitest'
import { markedPieces, type Finding } from '../src/pages/trust'

const finding = (words: string, severity: Finding['severity']): Finding => ({
  rule: 'sex', severity, words, article: '', instead: '', excepted: false,
})

describe('words that findings are about', () => {
  it('are marked wherever they stand, and the rest is kept', () => {
    const pieces = markedPieces('限女性，只限女性', [finding('限女性', 'refuse')])
    expect(pieces).toEqual([
      { text: '限女性', severity: 'refuse' },
      { text: '，只', severity: null },
      { text: '限女性', severity: 'refuse' },
    ])
  })

  it('carry the graver severity where two overlap, whichever comes first', () => {
    for (const order of [0, 1]) {
      const both = [finding('押金二百', 'refuse'), finding('交押金', 'warn')]
      const pieces = markedPieces('先交押金二百', order ? both.reverse() : both)
      expect(pieces.map((piece) => [piece.text, piece.severity])).toEqual([['先', null], ['交', 'warn'], ['押金二百', 'refuse']])
    }
  })

  it('that stand nowhere, or are none, mark nothing', () => {
    expect(markedPieces('搬运', [finding('', 'warn'), finding('面议', 'warn')])).toEqual([{ text: '搬运', severity: null }])
    expect(markedPieces('', [finding('面议', 'warn')])).toEqual([])
  })
})
