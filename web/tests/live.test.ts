// @vitest-environment jsdom
/** One stream for everything that follows what happens, and the bell's count by it. */

import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp, defineComponent, h, type App, type Ref } from 'vue'
import { useLive, type Change } from '../src/kit/live'
import { isLetter, useInbox } from '../src/stores/inbox'

class FakeSource extends EventTarget {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static readonly CLOSED = 2
  static made: FakeSource[] = []
  readyState = FakeSource.CONNECTING
  onopen: (() => void) | null = null
  onerror: (() => void) | null = null

  constructor(readonly url: string) {
    super()
    FakeSource.made.push(this)
  }
  static get last(): FakeSource {
    return FakeSource.made[FakeSource.made.length - 1]!
  }
  static get held(): FakeSource[] {
    return FakeSource.made.filter((one) => one.readyState !== FakeSource.CLOSED)
  }
  opens(): void {
    this.readyState = FakeSource.OPEN
    this.onopen?.()
  }
  breaks(readyState: number): void {
    this.readyState = readyState
    this.onerror?.()
  }
  says(event: string, data: object = {}): void {
    this.dispatchEvent(new MessageEvent(event, { data: JSON.stringify(data) }))
  }
  close(): void {
    this.readyState = FakeSource.CLOSED
  }
}

const change = (type: string): Change => ({ type, subject: 's', station: '52273001', sequence: 1, posting: null })
const LETTER = change('notify.letter.laid.v1')
const apps: App[] = []
let sight: DocumentVisibilityState = 'visible'

function follower(act: () => unknown, concerns: (one: Change) => boolean): { leave: () => void; live: Readonly<Ref<boolean>> } {
  let live!: Readonly<Ref<boolean>>
  const app = createApp(
    defineComponent(() => {
      live = useLive(act, concerns)
      return () => h('p')
    }),
  )
  app.mount(document.createElement('div'))
  apps.push(app)
  return { leave: () => apps.splice(apps.indexOf(app), 1)[0]?.unmount(), live }
}
function see(state: DocumentVisibilityState): void {
  sight = state
  document.dispatchEvent(new Event('visibilitychange'))
}
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(250)

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('EventSource', FakeSource)
  FakeSource.made = []
  sight = 'visible'
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => sight)
})
afterEach(() => {
  apps.splice(0).forEach((app) => app.unmount())
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  vi.useRealTimers()
})

describe('what happens', () => {
  it('is told to each by one stream, once for many at a time', async () => {
    const [letters, jobs] = [vi.fn(), vi.fn()]
    follower(letters, isLetter)
    const board = follower(jobs, (one) => one.type.startsWith('jobs.'))
    expect(FakeSource.made).toHaveLength(1)
    FakeSource.last.opens()
    FakeSource.last.says('change', LETTER)
    FakeSource.last.says('change', LETTER)
    await settle()
    expect([letters.mock.calls.length, jobs.mock.calls.length]).toEqual([1, 0])
    board.leave()
    expect(FakeSource.held).toHaveLength(1)
  })

  it('that goes on and on is read all the same', async () => {
    const act = vi.fn()
    follower(act, isLetter)
    FakeSource.last.opens()
    for (let ms = 0; ms < 4000; ms += 200) {
      FakeSource.last.says('change', LETTER)
      await vi.advanceTimersByTimeAsync(200)
    }
    await settle()
    expect(act).toHaveBeenCalledTimes(2)
  })

  it('is read anew wherever something may have been missed', async () => {
    const act = vi.fn()
    follower(act, isLetter)
    FakeSource.last.opens()
    FakeSource.last.says('here')
    await settle()
    FakeSource.last.says('reload')
    await settle()
    expect(act).toHaveBeenCalledTimes(2)
  })

  it('holds no connection while nobody looks, nor once nobody follows', async () => {
    const { leave } = follower(vi.fn(), isLetter)
    see('hidden')
    expect(FakeSource.held).toHaveLength(0)
    see('visible')
    expect(FakeSource.held).toHaveLength(1)
    leave()
    expect(FakeSource.held).toHaveLength(0)
    see('hidden')
    see('visible')
    expect(FakeSource.held).toHaveLength(0)
  })

  it('is asked for less and less often while it is refused, and each page learns why', async () => {
    const act = vi.fn()
    follower(act, isLetter)
    const refusedAfter = async (ms: number): Promise<number> => {
      FakeSource.last.breaks(FakeSource.CLOSED)
      await vi.advanceTimersByTimeAsync(ms)
      return FakeSource.made.length
    }
    expect(await refusedAfter(3000)).toBe(2)
    expect(await refusedAfter(3000)).toBe(2)
    await vi.advanceTimersByTimeAsync(3000)
    expect([FakeSource.made.length, act.mock.calls.length]).toEqual([3, 2])
    FakeSource.last.opens()
    expect(await refusedAfter(3000)).toBe(4)
  })

  it('is followed again after a refusal, and is not said to be followed while the server is away', async () => {
    const { live } = follower(vi.fn(), isLetter)
    FakeSource.last.opens()
    expect(live.value).toBe(true)
    FakeSource.last.breaks(FakeSource.CONNECTING)
    expect(live.value).toBe(true)
    await vi.advanceTimersByTimeAsync(5000)
    expect(live.value).toBe(false)
    FakeSource.last.breaks(FakeSource.CLOSED)
    await vi.advanceTimersByTimeAsync(3000)
    expect([FakeSource.made.length, FakeSource.held.length]).toEqual([2, 1])
    FakeSource.last.opens()
    expect(live.value).toBe(true)
  })
})

describe('the inbox', () => {
  const letter = { id: '01', station: '522730', kind: 'staff.to_verify', title: '待核实', body: '', at: '2026-03-01T00:00:00Z', read_at: null }
  const asked: Request[] = []
  let answers: ((respond: Response) => void)[] = []

  function answer(unread: number): void {
    const body = { letters: unread ? [letter] : [], unread, next: null, read: 1 }
    answers.shift()?.(new Response(JSON.stringify(body), { status: 200, headers: { 'content-type': 'application/json' } }))
  }
  beforeEach(() => {
    setActivePinia(createPinia())
    asked.length = 0
    answers = []
    vi.stubGlobal('fetch', (request: Request) => {
      asked.push(request)
      return new Promise<Response>((resolve) => answers.push(resolve))
    })
  })

  it('counts by the later question, though the earlier is answered last', async () => {
    const inbox = useInbox()
    const [earlier, later] = [inbox.look(), inbox.look()]
    const [first, second] = answers.splice(0)
    answers = [second!, first!]
    answer(2)
    await later
    answer(0)
    await earlier
    expect([inbox.unread, inbox.newest.length]).toEqual([2, 1])
  })

  it('marks what was read and asks again; the next person sees nothing of it', async () => {
    const inbox = useInbox()
    const reading = inbox.read(['01'])
    await vi.waitFor(() => expect(asked).toHaveLength(1))
    expect(await asked[0]!.json()).toEqual({ ids: ['01'] })
    answer(0)
    await vi.waitFor(() => expect(asked).toHaveLength(2))
    const forgotten = vi.fn()
    answer(1)
    await reading
    expect(inbox.unread).toBe(1)
    const late = inbox.look().then(forgotten)
    inbox.forget()
    answer(3)
    await late
    expect([inbox.unread, inbox.newest]).toEqual([0, []])
  })
})
