/** The state of a list: pages by keyset, one of them drawn; so a list is as quick at 100,000 rows as at ten. */

import { computed, reactive, ref, shallowReactive, shallowRef } from 'vue'
import type { Cell } from './csv'
import { matcherFor } from './pinyin'

export interface PageRequest {
  /** The cursor that the page before told; null for the first page. */
  after: string | null
  /** What the search box says, for lists that the server searches; else ''. */
  text: string
  limit: number
}

export interface Page<Row> {
  rows: readonly Row[]
  next: string | null
}

export interface Column<Row> {
  key: string
  title: string
  /** What is exported, searched (in client lists) and shown where there is no slot `cell-<key>`. */
  value: (row: Row) => Cell
  width?: string
  align?: 'left' | 'right' | 'center'
}

export interface TableOptions<Row> {
  load: (request: PageRequest) => Promise<Page<Row>>
  keyOf: (row: Row) => string
  /** client: the loaded page's rows are matched here, by words and pinyin. server: `text` goes to `load`. */
  search: 'server' | 'client' | 'none'
  columns: () => readonly Column<Row>[]
  limit: number
}

export function createTable<Row>(options: TableOptions<Row>) {
  const pages = shallowRef<readonly Page<Row>[]>([])
  const index = ref(0)
  const text = ref('')
  const busy = ref(false)
  const fault = ref<unknown>(null)
  const matched = shallowRef<readonly Row[] | null>(null)
  const chosen = shallowReactive(new Map<string, Row>())
  let turn = 0

  const page = computed(() => pages.value[index.value])
  const rows = computed<readonly Row[]>(() => matched.value ?? page.value?.rows ?? [])
  const loaded = computed(() => pages.value.flatMap((one) => [...one.rows]))

  async function fetchPage(after: string | null): Promise<Page<Row> | null> {
    const mine = ++turn
    busy.value = true
    try {
      const asked = options.search === 'server' ? text.value.trim() : ''
      const found = await options.load({ after, text: asked, limit: options.limit })
      if (mine !== turn) return null
      fault.value = null
      return found
    } catch (error) {
      if (mine === turn) fault.value = error
      return null
    } finally {
      if (mine === turn) busy.value = false
    }
  }

  /** From the first page, with nothing chosen. */
  async function reload(): Promise<void> {
    const found = await fetchPage(null)
    if (!found) return
    pages.value = [found]
    index.value = 0
    chosen.clear()
    await match()
  }

  async function nextPage(): Promise<boolean> {
    const following = pages.value[index.value + 1]
    const cursor = page.value?.next
    if (!following) {
      if (!cursor || busy.value) return false
      const found = await fetchPage(cursor)
      if (!found) return false
      pages.value = [...pages.value.slice(0, index.value + 1), found]
    }
    index.value += 1
    await match()
    return true
  }

  async function previousPage(): Promise<boolean> {
    if (index.value === 0) return false
    index.value -= 1
    await match()
    return true
  }

  /** What the search box says now. */
  async function searchFor(wanted: string): Promise<void> {
    text.value = wanted
    await (options.search === 'server' ? reload() : match())
  }

  async function match(): Promise<void> {
    const wanted = text.value.trim()
    if (options.search !== 'client' || !wanted) {
      matched.value = null
      return
    }
    const matches = await matcherFor(wanted)
    if (wanted !== text.value.trim()) return
    matched.value = (page.value?.rows ?? []).filter((row) =>
      options.columns().some((column) => matches(String(column.value(row) ?? ''), wanted)),
    )
  }

  function toggle(row: Row): void {
    const key = options.keyOf(row)
    if (!chosen.delete(key)) chosen.set(key, row)
  }

  /** All rows that are drawn, or none of them when all are chosen already. */
  function toggleAll(): void {
    const all = rows.value.every((row) => chosen.has(options.keyOf(row)))
    for (const row of rows.value) {
      if (all) chosen.delete(options.keyOf(row))
      else chosen.set(options.keyOf(row), row)
    }
  }

  /** Put a row's newer state in the place of the old, without asking for the page again. */
  function replace(row: Row): void {
    const key = options.keyOf(row)
    pages.value = pages.value.map((one) => ({
      ...one,
      rows: one.rows.map((old) => (options.keyOf(old) === key ? row : old)),
    }))
    void match()
  }

  return reactive({
    pages, index, text, busy, fault, page, rows, loaded, chosen,
    reload, nextPage, previousPage, searchFor, toggle, toggleAll, replace,
  })
}
