/** What happens in the scope, as the gateway tells it: a page reads its own data again when it concerns it. */

import { onMounted, onUnmounted, ref, type Ref } from 'vue'

export interface Change {
  type: string
  subject: string
  station: string
  sequence: number
  posting: string | null
}

const SETTLE_MS = 250
const QUIET_RETRY_MS = 3000

/**
 * Call `act` soon after something that `concerns` this page has happened, once for many at a time. The answer
 * tells whether it is being followed now; while it is not, the browser tries again by itself.
 */
export function useLive(act: () => unknown, concerns: (change: Change) => boolean): Readonly<Ref<boolean>> {
  const live = ref(false)
  let source: EventSource | null = null
  let settling: ReturnType<typeof setTimeout> | undefined
  let again: ReturnType<typeof setTimeout> | undefined

  function soon(): void {
    clearTimeout(settling)
    settling = setTimeout(() => void act(), SETTLE_MS)
  }
  function open(): void {
    source = new EventSource('/api/v1/live')
    source.onopen = () => (live.value = true)
    source.onerror = () => {
      live.value = source?.readyState === EventSource.CONNECTING
      // A stream that was refused is not tried again by the browser itself.
      if (source?.readyState === EventSource.CLOSED) again = setTimeout(open, QUIET_RETRY_MS)
    }
    source.addEventListener('reload', soon)
    source.addEventListener('change', (event) => {
      if (concerns(JSON.parse((event as MessageEvent<string>).data) as Change)) soon()
    })
  }
  onMounted(open)
  onUnmounted(() => {
    clearTimeout(settling)
    clearTimeout(again)
    source?.close()
  })
  return live
}
