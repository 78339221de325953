/**
 * What happens in the scope, as the gateway tells it: a page reads its own data again when it concerns it.
 *
 * One stream serves everything on the page, and only while the page is in sight: a browser holds no more than six
 * connections to one host, and a console in a seventh tab would find none left for its questions.
 */

import { onMounted, onUnmounted, ref, type Ref } from 'vue'

export interface Change {
  type: string
  subject: string
  station: string
  sequence: number
  posting: string | null
}

interface Follower {
  concerns: (change: Change) => boolean
  soon: () => void
}

const SETTLE_MS = 250
/** Changes that go on and on postpone no further than this after the first. */
const LONGEST_SETTLE_MS = 2000
/** After a refusal; each further one doubles it. */
const FIRST_RETRY_MS = 3000
const LONGEST_RETRY_MS = 60_000
/** The gateway ends a stream after a while and the browser takes it up again; for so long it still counts. */
const GRACE_MS = 5000

const followers = new Set<Follower>()
const live = ref(false)
let source: EventSource | null = null
let retryMs = FIRST_RETRY_MS
let again: ReturnType<typeof setTimeout> | undefined
let fading: ReturnType<typeof setTimeout> | undefined

function tellAll(): void {
  followers.forEach((one) => one.soon())
}
function tell(change: Change): void {
  followers.forEach((one) => one.concerns(change) && one.soon())
}

function open(): void {
  close()
  const opened = new EventSource('/api/v1/live')
  source = opened
  opened.onopen = () => {
    clearTimeout(fading)
    fading = undefined
    retryMs = FIRST_RETRY_MS
    live.value = true
  }
  opened.onerror = () => {
    if (opened.readyState === EventSource.CLOSED) {
      // A stream that was refused is not tried again by the browser itself, nor does it say why: whoever asks for
      // his data learns it, as that the session is over.
      close()
      again = setTimeout(open, retryMs)
      retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2)
      tellAll()
    } else {
      fading ??= setTimeout(() => (live.value = false), GRACE_MS)
    }
  }
  opened.addEventListener('reload', tellAll)
  // A stream that begins says nothing of what happened before it, not even of the moment since a page read its data.
  opened.addEventListener('here', tellAll)
  opened.addEventListener('change', (event) => tell(JSON.parse((event as MessageEvent<string>).data) as Change))
}

function close(): void {
  clearTimeout(again)
  clearTimeout(fading)
  fading = undefined
  source?.close()
  source = null
  live.value = false
}

function onSight(): void {
  if (document.visibilityState === 'hidden') close()
  else open()
}

function follow(one: Follower): void {
  followers.add(one)
  if (followers.size > 1) return
  document.addEventListener('visibilitychange', onSight)
  onSight()
}

function leave(one: Follower): void {
  followers.delete(one)
  if (followers.size > 0) return
  document.removeEventListener('visibilitychange', onSight)
  close()
}

/**
 * Call `act` soon after something that `concerns` this page has happened, once for many at a time, and whenever
 * something may have been missed. The answer tells whether it is being followed now; while it is not, it is tried again.
 */
export function useLive(act: () => unknown, concerns: (change: Change) => boolean): Readonly<Ref<boolean>> {
  let settling: ReturnType<typeof setTimeout> | undefined
  let latest: number | null = null
  const follower: Follower = {
    concerns,
    soon() {
      clearTimeout(settling)
      latest ??= Date.now() + LONGEST_SETTLE_MS
      settling = setTimeout(settle, Math.min(SETTLE_MS, latest - Date.now()))
    },
  }
  function settle(): void {
    latest = null
    void act()
  }
  onMounted(() => follow(follower))
  onUnmounted(() => {
    clearTimeout(settling)
    leave(follower)
  })
  return live
}
