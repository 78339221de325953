/** A worker's slip: six characters of Crockford's base 32, read out, typed, or scanned from its QR code. */

const FORM = /^[0-9A-HJKMNP-TV-Z]{6}$/

/** The slip that was typed or scanned, with letters that are easily mistaken set right; '' when it is none. */
export function plainSlip(typed: string): string {
  const read = typed.normalize('NFKC').replace(/[\s-]/g, '').toUpperCase().replace(/O/g, '0').replace(/[IL]/g, '1')
  return FORM.test(read) ? read : ''
}

/** As it is printed, to be read out: `7K3 MQ9`. */
export function spacedSlip(slip: string): string {
  return `${slip.slice(0, 3)} ${slip.slice(3)}`
}
