/** The letters of whoever is signed in: how many are unread, and the newest. */

import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { ask, client, type Schema } from '../api/client'
import type { Change } from '../kit/live'

/** Letters that the bell shows; the inbox has them all. */
const NEWEST = 8

/** News of a letter come to its reader alone. */
export const isLetter = (change: Change): boolean => change.type.startsWith('notify.letter.')

export const useInbox = defineStore('inbox', () => {
  const unread = ref(0)
  const newest = shallowRef<readonly Schema<'Letter'>[]>([])
  let asked = 0

  /** Ask now. What cannot be asked just now stays as it was. */
  async function look(): Promise<void> {
    const mine = ++asked
    const found = await ask(client.GET('/api/v1/my/letters', { params: { query: { limit: NEWEST } } })).catch(() => null)
    // Of two questions under way the later one knows better, whichever is answered first.
    if (!found || mine !== asked) return
    unread.value = found.unread
    newest.value = found.letters
  }

  /** Mark these as read, or all when none is named. Throws what the server refuses. */
  async function read(ids: readonly string[]): Promise<void> {
    await ask(client.POST('/api/v1/my/letters/read', { body: { ids: [...ids] } }))
    await look()
  }

  function forget(): void {
    asked++
    unread.value = 0
    newest.value = []
  }

  return { unread, newest, look, read, forget }
})
