/** GB 32100: the unified social credit code. Genuine codes are known to fail the check: it warns, no more. */

const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY'

/** What was typed without blanks and dashes, in the usual width, in capitals. */
export function plainCreditCode(typed: string): string {
  return typed.normalize('NFKC').replace(/[\s-]/g, '').toUpperCase()
}

/** 'form': not eighteen letters and digits, which is refused. 'check': goes to a person for review. */
export function creditCodeFault(typed: string): 'form' | 'check' | null {
  const code = plainCreditCode(typed)
  if (!/^[0-9A-Z]{18}$/.test(code)) return 'form'
  let sum = 0
  let weight = 1
  for (const character of code.slice(0, 17)) {
    const value = ALPHABET.indexOf(character)
    if (value < 0) return 'check'
    sum += value * weight
    weight = (weight * 3) % 31
  }
  return ALPHABET[(31 - (sum % 31)) % 31] === code[17] ? null : 'check'
}
