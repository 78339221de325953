/** How many letters wait for whoever is signed in: asked when the page comes into sight, and every half minute. */

import { defineStore } from 'pinia'
import { ref } from 'vue'
import { ask, client } from '../api/client'

const EVERY_MS = 30_000

export const useInbox = defineStore('inbox', () => {
  const unread = ref(0)
  let timer: ReturnType<typeof setInterval> | undefined

  /** Ask now. What cannot be asked just now stays as it was. */
  async function look(): Promise<void> {
    if (document.visibilityState !== 'visible') return
    const found = await ask(client.GET('/api/v1/my/letters', { params: { query: { unread: true, limit: 1 } } })).catch(() => null)
    if (found) unread.value = found.unread
  }
  const onSight = (): void => void look()

  function watch(): void {
    void look()
    timer = setInterval(onSight, EVERY_MS)
    document.addEventListener('visibilitychange', onSight)
    window.addEventListener('focus', onSight)
  }
  function leave(): void {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', onSight)
    window.removeEventListener('focus', onSight)
  }

  return { unread, look, watch, leave }
})
