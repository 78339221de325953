import { describe, expect, it } from 'vitest'
import { cellText, csvOf } from '../src/kit/csv'

describe('an exported file', () => {
  it.each(['=1+1', '+86138', '-5', '@SUM(A1)', '\tx', '\r=1'])('never holds the formula %s', (text) => {
    expect(cellText(text)).toBe(`'${text}`)
  })

  it('keeps long numbers and leading zeros as text', () => {
    expect(cellText('52273019900302001X')).toBe("'52273019900302001X")
    expect(cellText('0854')).toBe("'0854")
    expect(cellText('180')).toBe('180')
    expect(cellText(-5)).toBe('-5')
  })

  it('is UTF-8 with a mark, and quotes what needs it', () => {
    expect(csvOf(['工种', '说明'], [['小工', 'a,"b"\n c'], [null, 3]])).toBe('\uFEFF工种,说明\r\n小工,"a,""b""\n c"\r\n,3\r\n')
  })
})
