/** Enter goes on to the next field of a form, as staff know it from their other registers. */

const FIELDS = 'input:not([type=hidden]):not([disabled]):not([tabindex="-1"]), select:not([disabled]), textarea:not([disabled]), .form-actions button[type=submit]'

/** Move on from the field that Enter was pressed in; whether there was a next one. */
export function moveOn(event: KeyboardEvent, within: HTMLElement): boolean {
  const from = event.target
  if (event.isComposing || event.ctrlKey || event.metaKey || event.defaultPrevented) return false
  if (!(from instanceof HTMLInputElement || from instanceof HTMLSelectElement)) return false
  const fields = [...within.querySelectorAll<HTMLElement>(FIELDS)].filter((one) => one.offsetParent !== null && !isOtherOfItsGroup(one, from))
  const next = fields[fields.indexOf(from) + 1]
  if (!next) return false
  event.preventDefault()
  next.focus()
  if (next instanceof HTMLInputElement && !['checkbox', 'radio', 'number'].includes(next.type)) next.select()
  return true
}

/** Of a group of radio buttons only the chosen one is a stop, as with Tab. */
function isOtherOfItsGroup(one: HTMLElement, from: HTMLElement): boolean {
  if (one === from || !(one instanceof HTMLInputElement) || one.type !== 'radio') return false
  return !one.checked || (from instanceof HTMLInputElement && from.type === 'radio' && from.name === one.name)
}
