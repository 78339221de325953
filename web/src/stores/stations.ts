/** The network tree, which every page needs: read once, and again when it was changed here. */

import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { ask, client, type Schema } from '../api/client'
import { useSession } from './session'

export type Station = Schema<'Station'>

export interface Branch {
  station: Station
  depth: number
  children: Branch[]
}

export const useStations = defineStore('stations', () => {
  const session = useSession()
  const all = shallowRef<readonly Station[]>([])
  const loadedFor = ref<string | null>(null)

  const byCode = computed(() => new Map(all.value.map((station) => [station.code, station])))
  /** Those that the person at the console works for: his station and all below it. */
  const inScope = computed(() => {
    const own = session.staff?.station
    return own ? all.value.filter((station) => station.path.includes(own)) : []
  })
  const tree = computed(() => branches(inScope.value))

  async function load(force = false): Promise<void> {
    const who = session.staff?.id ?? null
    if (!force && loadedFor.value === who && all.value.length > 0) return
    const listed = await ask(client.GET('/api/v1/stations'))
    all.value = [...listed.stations].sort((a, b) => (a.path.join('/') < b.path.join('/') ? -1 : 1))
    loadedFor.value = who
  }

  /** A station's short name; its code while it is not known. */
  function nameOf(code: string): string {
    return byCode.value.get(code)?.facts.short_name ?? code
  }

  return { all, byCode, inScope, tree, load, nameOf }
})

/** The tree of stations; those whose parent is not among them are its tops. */
export function branches(stations: readonly Station[]): Branch[] {
  const made = new Map(stations.map((station) => [station.code, { station, depth: 0, children: [] as Branch[] }]))
  const tops: Branch[] = []
  for (const branch of made.values()) {
    const parent = branch.station.parent ? made.get(branch.station.parent) : undefined
    if (parent) parent.children.push(branch)
    else tops.push(branch)
  }
  const measure = (branch: Branch, depth: number): void => {
    branch.depth = depth
    branch.children.forEach((child) => measure(child, depth + 1))
  }
  tops.forEach((top) => measure(top, 0))
  return tops
}
