/** Who is at the console. The session itself is in a cookie that this page cannot read. */

import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { ask, client, useCsrfToken, whenSessionIsLost, type Schema } from '../api/client'
import { ApiProblem } from '../api/problems'

export const useSession = defineStore('session', () => {
  const staff = ref<Schema<'Staff'> | null>(null)
  const expiresAt = ref<string | null>(null)
  /** Whether the server was asked yet. */
  const known = ref(false)
  /** The session ended while somebody worked with it. */
  const ended = ref(false)

  const isAdmin = computed(() => staff.value?.role === 'county_admin')

  function take(session: Schema<'ConsoleSession'>): void {
    staff.value = session.staff
    expiresAt.value = session.expires_at
    useCsrfToken(session.csrf_token)
    known.value = true
    ended.value = false
  }

  function forget(): void {
    // A page asks several things at once, and each of them is refused.
    if (staff.value !== null) ended.value = true
    staff.value = null
    expiresAt.value = null
    useCsrfToken(null)
    known.value = true
  }

  /** After a reload: what the cookie is worth. Throws only when that could not be learned. */
  async function resume(): Promise<void> {
    if (known.value) return
    try {
      take(await ask(client.GET('/api/v1/console/session')))
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 401) throw error
      forget()
    }
  }

  async function signIn(login: string, password: string): Promise<void> {
    take(await ask(client.POST('/api/v1/console/session', { body: { login, password } })))
  }

  async function signOut(): Promise<void> {
    try {
      await ask(client.DELETE('/api/v1/console/session'))
    } finally {
      forget()
      ended.value = false
    }
  }

  whenSessionIsLost(forget)

  return { staff, expiresAt, known, ended, isAdmin, resume, signIn, signOut }
})
