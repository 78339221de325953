/** Keys that do something on the page that is shown; “?” lists them. */

import { onMounted, onUnmounted, shallowReactive } from 'vue'

export interface Shortcut {
  /** As KeyboardEvent.key; `g t` is g and then t; `Ctrl+Enter` with Ctrl or Command. */
  keys: string
  label: string
  act?: () => void
}

const active = shallowReactive(new Set<Shortcut>())
const WAIT_MS = 1200
let lead = ''
let leadAt = 0

/** All that are in force now. */
export function shortcuts(): readonly Shortcut[] {
  return [...active]
}

/** Have these keys while the calling component is shown. */
export function useShortcuts(list: readonly Shortcut[]): void {
  onMounted(() => list.forEach((one) => active.add(one)))
  onUnmounted(() => list.forEach((one) => active.delete(one)))
}

/** Whether letters typed now go into a text. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable) return true
  if (target instanceof HTMLInputElement) {
    return !['checkbox', 'radio', 'button', 'submit'].includes(target.type)
  }
  return ['TEXTAREA', 'SELECT'].includes(target.tagName)
}

/** What a key event is called here; '' while a text is typed, unless Ctrl or Command is held. */
export function keysOf(event: KeyboardEvent, now = Date.now()): string {
  if (event.isComposing || event.altKey) return ''
  if (event.ctrlKey || event.metaKey) return `Ctrl+${event.key}`
  if (isTyping(event.target)) return ''
  const led = lead && now - leadAt < WAIT_MS ? `${lead} ${event.key}` : event.key
  lead = event.key.length === 1 && lead === '' ? event.key : ''
  leadAt = now
  return led
}

/** The window's one listener. A dialog has the keys for itself until it is closed, and no longer. */
export function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || document.querySelector('dialog[open]')) return
  const keys = keysOf(event)
  if (!keys) return
  const last = [...active].reverse().find((one) => one.keys === keys && one.act)
  if (last) {
    event.preventDefault()
    lead = ''
    last.act?.()
  }
}
