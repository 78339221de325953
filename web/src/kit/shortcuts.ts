/** Keys that do something on the page that is shown; “?” lists them. */

import { onMounted, onUnmounted, shallowReactive } from 'vue'
import type { RouteLocationNormalized, Router } from 'vue-router'

export interface Shortcut {
  /** As KeyboardEvent.key; `g t` is g and then t; `Ctrl+Enter` with Ctrl or Command. */
  keys: string
  label: string
  act?: () => void
}

const active = shallowReactive(new Set<Shortcut>())
const WAIT_MS = 1200
/** A key that shortcuts begin with, and when it was pressed. */
let lead = ''
let leadAt = 0
/** Where somebody is on his way to. */
let going: RouteLocationNormalized | null = null

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

/** No shortcut acts between two pages: the one that is left is still drawn, and the keys are not meant for it. */
export function pauseBetweenPages(router: Pick<Router, 'beforeEach' | 'afterEach' | 'onError'>): void {
  // A way that was given up for another ends before that one does.
  const arrive = (to: RouteLocationNormalized): void => {
    if (to === going) going = null
  }
  router.beforeEach((to) => {
    going = to
  })
  router.afterEach(arrive)
  router.onError((_, to) => arrive(to))
}

/** What a key event is called here; '' while a text is typed, unless Ctrl or Command is held. */
export function keysOf(event: KeyboardEvent): string {
  if (event.isComposing || event.altKey) return ''
  if (event.ctrlKey || event.metaKey) return `Ctrl+${event.key}`
  // For a capital letter these are pressed first.
  if (event.key === 'Shift' || event.key === 'CapsLock') return ''
  return isTyping(event.target) ? '' : event.key
}

/** The window's one listener. A dialog has the keys for itself until it is closed, and no longer. */
export function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || going || document.querySelector('dialog[open]')) return
  const key = keysOf(event)
  if (!key) return
  // By the keyboard's own clock: a page that is being drawn may hear of a key late.
  const isLed = lead !== '' && event.timeStamp - leadAt < WAIT_MS
  const keys = isLed ? `${lead} ${key}` : key
  const all = [...active].reverse()
  const last = all.find((one) => one.keys === keys && one.act)
  lead = ''
  if (last) {
    event.preventDefault()
    last.act?.()
  } else if (all.some((one) => one.keys.startsWith(`${key} `))) {
    lead = key
    leadAt = event.timeStamp
  }
}
