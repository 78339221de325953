import { describe, expect, it, vi } from 'vitest'
import { createTable, type Page, type PageRequest } from '../src/kit/table'

interface Row { id: number; name: string }

/** A server with so many rows, newest first. */
function server(count: number) {
  return vi.fn(async ({ after, limit, text }: PageRequest): Promise<Page<Row>> => {
    const from = after ? Number(after) + 1 : 0
    const rows = Array.from({ length: Math.max(0, Math.min(limit, count - from)) }, (_, place) => ({ id: from + place, name: `工${from + place}${text}` }))
    const last = rows.at(-1)
    return { rows, next: last && last.id < count - 1 ? String(last.id) : null }
  })
}

function table(load: (request: PageRequest) => Promise<Page<Row>>, search: 'server' | 'client' | 'none' = 'server') {
  return createTable<Row>({
    load, keyOf: (row) => String(row.id), search, limit: 50, columns: () => [{ key: 'name', title: '名称', value: (row) => row.name }],
  })
}

describe('a list', () => {
  it('holds one page in sight however many rows there are', async () => {
    const load = server(100_000)
    const list = table(load)
    await list.reload()
    expect(list.rows).toHaveLength(50)
    await list.nextPage()
    expect(list.rows[0]).toMatchObject({ id: 50 })
    await list.previousPage()
    expect(list.rows[0]).toMatchObject({ id: 0 })
    expect(load).toHaveBeenCalledTimes(2)
    await list.nextPage()
    expect(load).toHaveBeenCalledTimes(2)
    expect(list.loaded).toHaveLength(100)
  })

  it('ends where the server says', async () => {
    const list = table(server(60))
    await list.reload()
    expect(await list.nextPage()).toBe(true)
    expect(await list.nextPage()).toBe(false)
    expect(list.rows).toHaveLength(10)
  })

  it('asks the server for what the search box says, from the first page', async () => {
    const load = server(200)
    const list = table(load)
    await list.reload()
    await list.nextPage()
    await list.searchFor(' byg ')
    expect(load).toHaveBeenLastCalledWith({ after: null, text: 'byg', limit: 50 })
    expect(list.index).toBe(0)
  })

  it('finds in a small list without asking', async () => {
    const load = vi.fn(async () => ({ rows: [{ id: 1, name: '搬运工' }, { id: 2, name: '泥瓦工' }], next: null }))
    const list = table(load, 'client')
    await list.reload()
    await list.searchFor('nwg')
    expect(list.rows).toEqual([{ id: 2, name: '泥瓦工' }])
    await list.searchFor('')
    expect(list.rows).toHaveLength(2)
    expect(load).toHaveBeenCalledTimes(1)
  })

  it('keeps the newer of two answers that cross', async () => {
    const waiting: ((page: Page<Row>) => void)[] = []
    const list = table(() => new Promise((resolve) => waiting.push(resolve)))
    const first = list.searchFor('a')
    const second = list.searchFor('ab')
    waiting[1]?.({ rows: [{ id: 2, name: 'ab' }], next: null })
    waiting[0]?.({ rows: [{ id: 1, name: 'a' }], next: null })
    await Promise.all([first, second])
    expect(list.rows).toEqual([{ id: 2, name: 'ab' }])
  })

  it('chooses rows, all of the page, and none after a reload', async () => {
    const list = table(server(3))
    await list.reload()
    list.toggle({ id: 1, name: '' })
    expect([...list.chosen.keys()]).toEqual(['1'])
    list.toggleAll()
    expect(list.chosen.size).toBe(3)
    list.toggleAll()
    expect(list.chosen.size).toBe(0)
    list.toggleAll()
    await list.reload()
    expect(list.chosen.size).toBe(0)
  })

  it('puts a newer row in the place of the old', async () => {
    const list = table(server(3))
    await list.reload()
    list.replace({ id: 1, name: '新' })
    expect(list.rows[1]).toEqual({ id: 1, name: '新' })
  })

  it('keeps what it shows when the server refuses', async () => {
    const load = server(3)
    const list = table(load)
    await list.reload()
    load.mockRejectedValueOnce(new Error('away'))
    await list.reload()
    expect(list.fault).toBeInstanceOf(Error)
    expect(list.rows).toHaveLength(3)
    await list.reload()
    expect(list.fault).toBeNull()
  })
})
