/** A page, or a part of one, in a document; and a server that answers when the test says so. */

import { createPinia, setActivePinia } from 'pinia'
import { vi } from 'vitest'
import { createApp, h, reactive, type Component } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { onKey } from '../src/kit/shortcuts'
import { useSession } from '../src/stores/session'

const STAFF = { id: '01', login: 'wang', name: '王芳', role: 'station_staff', station: '522730', active: true, sequence: 1 } as const

/** Holds back every answer. What is asked is called as in `GET /postings?text=a`. */
export class SlowServer {
  readonly asked: string[] = []
  private readonly waiting: { name: string; request: Request; respond: (answer: Response) => void }[] = []

  constructor() {
    vi.stubGlobal('fetch', (request: Request) => {
      const { pathname, search } = new URL(request.url)
      const name = `${request.method} ${pathname.replace('/api/v1', '')}${search}`
      this.asked.push(name)
      return new Promise<Response>((respond) => this.waiting.push({ name, request, respond }))
    })
  }
  /** How often something was asked whose name begins so. */
  count(name: string): number {
    return this.asked.filter((one) => one.startsWith(name)).length
  }
  /** Answer the first asking of this name that waits, once it is there, and let the page take it; what was sent with it. */
  async answer(name: string, body: unknown, status = 200): Promise<unknown> {
    const one = await until(() => this.waiting.find((each) => each.name.startsWith(name)) ?? Promise.reject(new Error(`${name} was not asked`)))
    this.waiting.splice(this.waiting.indexOf(one), 1)
    const sent = await one.request.text()
    one.respond(new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } }))
    await drawn()
    return sent && JSON.parse(sent)
  }
}

/** All that follows of what happened so far, but for timers. */
export async function drawn(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Try until it throws no more, on a busy machine too. */
export function until<Found>(check: () => Found | Promise<Found>): Promise<Found> {
  return vi.waitFor(check, { timeout: 10_000 })
}

const mounted: (() => void)[] = []

/** Show it with these props, which may be changed, as somebody who is signed in sees it. */
export function show<Props extends object>(component: Component, props: Props): { props: Props; root: HTMLElement } {
  const pinia = createPinia()
  setActivePinia(pinia)
  useSession().staff = STAFF
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)*', component: { render: () => null } }] })
  const held = reactive(props) as Props
  const app = createApp({ render: () => h(component, { ...held }) })
  app.use(pinia).use(router)
  const root = document.body.appendChild(document.createElement('div'))
  app.mount(root)
  window.addEventListener('keydown', onKey)
  mounted.push(() => {
    window.removeEventListener('keydown', onKey)
    app.unmount()
    root.remove()
  })
  return { props: held, root }
}
export function leaveAll(): void {
  mounted.splice(0).forEach((leave) => leave())
}

/** Press a key where the focus is. at: the keyboard's own time. */
export function press(key: string, more: KeyboardEventInit & { at?: number } = {}): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { key, code: key, bubbles: true, cancelable: true, ...more })
  if (more.at !== undefined) Object.defineProperty(event, 'timeStamp', { value: more.at })
  document.activeElement?.dispatchEvent(event)
  return event
}

/** Type a text in the place of what a field holds. */
export function type(field: HTMLInputElement | HTMLTextAreaElement, text: string): void {
  field.focus()
  field.value = text
  field.dispatchEvent(new Event('input', { bubbles: true }))
}
