/** Enter in a field of choices chooses nothing until the choices are those of what is typed. */

import { nextTick, watch, type Ref } from 'vue'

/** The listener for a field's Enter, before the field itself hears of it. `found`: what the choices are of; null for nothing yet. */
export function useEnterThatWaits(found: Readonly<Ref<string | null>>): (event: KeyboardEvent) => void {
  let waiting: { input: HTMLInputElement; typed: string } | null = null

  watch(
    found,
    async () => {
      if (!waiting) return
      const { input, typed } = waiting
      const isTyped = (): boolean => input === document.activeElement && input.value.trim() === typed
      if (isTyped() && found.value !== typed) return
      waiting = null
      // Once the choices are drawn, and the field knows which of them is the first.
      await nextTick()
      if (isTyped()) input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', code: 'Enter', bubbles: true, cancelable: true }))
    },
    { flush: 'post' },
  )

  return (event) => {
    const input = event.target
    if (!(input instanceof HTMLInputElement) || event.isComposing || event.ctrlKey || event.metaKey) return
    const typed = input.value.trim()
    const opens = typed === '' && input.getAttribute('aria-expanded') !== 'true'
    if (opens || typed === found.value) return
    event.preventDefault()
    event.stopPropagation()
    waiting = { input, typed }
  }
}
