/** Rows that the browser keeps on this machine (IndexedDB), changed in transactions that tabs share. */

export interface LocalTable {
  get(key: string): Promise<unknown>
  all(): Promise<unknown[]>
  put(row: object): Promise<void>
  remove(key: string): Promise<void>
}

export interface LocalRows<Name extends string> {
  /** All or nothing; nobody else changes the tables meanwhile. In `act` only the tables may be waited for. */
  change<Answer>(act: (tables: Readonly<Record<Name, LocalTable>>) => Promise<Answer>): Promise<Answer>
}

/** keys: each table's name and the field that its rows are kept under. */
export function openLocalRows<Name extends string>(database: string, keys: Readonly<Record<Name, string>>): LocalRows<Name> {
  const names = Object.keys(keys) as Name[]
  let opened: Promise<IDBDatabase> | undefined

  function open(): Promise<IDBDatabase> {
    opened ??= new Promise((resolve, reject) => {
      const asked = indexedDB.open(database, 1)
      asked.onupgradeneeded = () => names.forEach((name) => asked.result.createObjectStore(name, { keyPath: keys[name] }))
      asked.onsuccess = () => resolve(asked.result)
      asked.onerror = () => reject(asked.error)
    })
    return opened
  }

  return {
    async change(act) {
      const transaction = (await open()).transaction(names, 'readwrite')
      const ended = new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve()
        transaction.onerror = transaction.onabort = () => reject(transaction.error)
      })
      const tables = Object.fromEntries(names.map((name) => [name, tableOf(transaction.objectStore(name))])) as Record<Name, LocalTable>
      try {
        const answer = await act(tables)
        await ended
        return answer
      } catch (error) {
        ended.catch(() => undefined)
        if (transaction.error === null) abort(transaction)
        throw error
      }
    },
  }
}

function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort()
  } catch {
    // It has ended already.
  }
}

function tableOf(store: IDBObjectStore): LocalTable {
  return {
    get: (key) => answerOf(store.get(key)),
    all: () => answerOf(store.getAll()),
    put: (row) => answerOf(store.put(row)).then(() => undefined),
    remove: (key) => answerOf(store.delete(key)),
  }
}

function answerOf<Answer>(request: IDBRequest<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
