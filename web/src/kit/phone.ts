/** What was typed without blanks, dashes and the country's number, in the usual width. */
export function plainPhone(typed: string): string {
  return typed.normalize('NFKC').replace(/[\s\-()]/g, '').replace(/^(\+|00)86/, '')
}

/** Whether it is a mobile number, or a landline with its area code. */
export function isPhone(typed: string): boolean {
  return /^(1[3-9]\d{9}|0\d{9,11})$/.test(plainPhone(typed))
}
