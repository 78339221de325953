/** Names of staff for the ids that histories hold: those of the caller's own station and below. */

import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { ask, client } from '../api/client'
import { texts } from '../texts.zh-CN'
import { useSession } from './session'

export const usePeople = defineStore('people', () => {
  const names = shallowRef<ReadonlyMap<string, string>>(new Map())
  const session = useSession()

  /** Learn their names anew. */
  async function meet(): Promise<void> {
    const code = session.staff?.station
    if (!code) return
    const listed = await ask(client.GET('/api/v1/stations/{code}/staff', { params: { path: { code } } })).catch(() => null)
    if (listed) names.value = new Map(listed.staff.map((one) => [one.id, one.name]))
  }

  function nameOf(id: string): string {
    return id === 'system' ? texts.timeline.system : (names.value.get(id) ?? texts.timeline.somebody)
  }

  return { meet, nameOf }
})
