import { describe, expect, it } from 'vitest'
import { creditCodeFault, plainCreditCode } from '../src/kit/creditCode'
import { readIdNumber } from '../src/kit/idNumber'
import { isPhone, plainPhone } from '../src/kit/phone'

const NOW = new Date('2026-03-01T00:00:00Z')

/** An ID number with the check character that its first seventeen have. */
function withCheck(first: string): string {
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
  const sum = weights.reduce((total, weight, place) => total + weight * Number(first[place]), 0)
  return first + '10X98765432'[sum % 11]
}

describe('an ID number', () => {
  it('tells sex, birth and age', () => {
    expect(readIdNumber('11010519491231002X', NOW)).toEqual({ sex: 'female', birth: '1949-12-31', age: 76 })
    expect(readIdNumber(withCheck('52273019900302001'), NOW)).toEqual({ sex: 'male', birth: '1990-03-02', age: 35 })
    expect(readIdNumber(withCheck('52273019900301001'), NOW)).toMatchObject({ age: 36 })
  })

  it('takes a small x, blanks and full width', () => {
    expect(readIdNumber(' 110105 19491231 002x', NOW)).toMatchObject({ birth: '1949-12-31' })
    expect(readIdNumber('１１０１０５１９４９１２３１００２Ｘ', NOW)).toMatchObject({ birth: '1949-12-31' })
  })

  it.each([
    ['110105194912310021', 'check'],
    ['11010519491231002', 'length'],
    ['1101051949123100XX', 'characters'],
    [withCheck('11010519490231002'), 'birth'],
    [withCheck('11010520270101002'), 'birth'],
  ])('says what is wrong with %s: %s', (typed, fault) => {
    expect(readIdNumber(typed, NOW)).toBe(fault)
  })
})

describe('a credit code', () => {
  it('is good when its check character agrees', () => {
    expect(creditCodeFault('91350100M000100Y43')).toBeNull()
    expect(creditCodeFault('91350100-m000100y43')).toBeNull()
    expect(plainCreditCode(' 91350100 m000100y43')).toBe('91350100M000100Y43')
  })

  it('warns of a check that fails and refuses only the form', () => {
    expect(creditCodeFault('91350100M000100Y44')).toBe('check')
    expect(creditCodeFault('91350100I000100Y43')).toBe('check')
    expect(creditCodeFault('91350100M000100Y4')).toBe('form')
  })
})

describe('a phone', () => {
  it.each(['13800138000', '+86 138 0013 8000', '0854-5550100', '１３８００１３８０００'])('takes %s', (typed) => {
    expect(isPhone(typed)).toBe(true)
  })
  it.each(['12800138000', '1380013800', '5550100', ''])('refuses %s', (typed) => {
    expect(isPhone(typed)).toBe(false)
  })
  it('is kept as plain digits', () => {
    expect(plainPhone('+86 138-0013-8000')).toBe('13800138000')
  })
})
