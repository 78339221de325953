/** Rows as a CSV file that Excel and WPS open without running, rounding or misreading anything in it. */

export type Cell = string | number | boolean | null | undefined

/** A text that a sheet would take for a formula, or a number too long for it, is held down as text. */
export function cellText(cell: Cell): string {
  if (cell === null || cell === undefined) return ''
  if (typeof cell !== 'string') return String(cell)
  if (/^[=+\-@\t\r]/.test(cell)) return `'${cell}`
  if (/^\d{12,}[\dX]?$/.test(cell) || /^0\d+$/.test(cell)) return `'${cell}`
  return cell
}

/** The file's text: a byte order mark, so that Excel reads UTF-8, and CRLF. */
export function csvOf(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [head, ...rows].map((row) => row.map((cell) => quoted(cellText(cell))).join(','))
  return `\uFEFF${lines.join('\r\n')}\r\n`
}

/** Hand a file to the browser. */
export function download(name: string, text: string, type = 'text/csv;charset=utf-8'): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text
}
