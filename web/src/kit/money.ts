/** Money is kept in fen, whole; a decimal float never holds it. */

export const MAX_FEN = 10_000_000_00

const YUAN = /^(\d{1,9})(?:\.(\d{0,2}))?$/

/** Fen of what a person typed in yuan ("180", "180.5", "1,200.00", "１８０元"); null when that is no amount. */
export function fenOf(typed: string): number | null {
  const plain = typed.normalize('NFKC').replace(/[,\s元¥]/g, '')
  const parts = YUAN.exec(plain)
  if (!parts) return null
  const fen = Number(parts[1]) * 100 + Number((parts[2] ?? '').padEnd(2, '0'))
  return fen <= MAX_FEN ? fen : null
}

/** Yuan as people write them: whole without decimals, else two ("180", "180.50"). */
export function yuanOf(fen: number): string {
  const sign = fen < 0 ? '-' : ''
  const rest = Math.abs(fen)
  const cents = rest % 100
  return sign + String(Math.trunc(rest / 100)) + (cents ? `.${String(cents).padStart(2, '0')}` : '')
}
