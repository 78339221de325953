// @vitest-environment jsdom
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ask, client } from '../src/api/client'
import { ApiProblem } from '../src/api/problems'
import { admit } from '../src/router'
import { useSession } from '../src/stores/session'

const STAFF = { id: '01', login: 'wang', name: '王芳', role: 'station_staff', station: '522730', active: true, sequence: 1 }
const SESSION = { staff: STAFF, expires_at: '2026-03-01T08:00:00Z', csrf_token: 'c0ffee' }

const sent: Request[] = []
let answers: (() => Response | Promise<Response>)[] = []

function answer(status: number, body: unknown): () => Response {
  return () => new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })
}
function refusal(status: number, code: string): () => Response {
  return answer(status, { type: '', title: '', status, code, detail: '', evidence: {}, errors: [] })
}

beforeEach(() => {
  setActivePinia(createPinia())
  sent.length = 0
  vi.stubGlobal('fetch', async (request: Request) => {
    sent.push(request)
    const next = answers.shift()
    if (!next) throw new TypeError('no answer')
    return next()
  })
})
afterEach(() => {
  answers = []
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

async function signedIn() {
  const session = useSession()
  answers.push(answer(201, SESSION))
  await session.signIn('wang', 'a-long-passphrase')
  return session
}
const withdraw = () =>
  ask(client.POST('/api/v1/postings/{id}/withdraw', { params: { path: { id: '01' } }, body: { reason: '人已招满' } }))

describe('the session', () => {
  it('is taken up again after a reload', async () => {
    const session = useSession()
    answers.push(answer(200, SESSION))
    await session.resume()
    expect(session.staff?.name).toBe('王芳')
    await session.resume()
    expect(sent).toHaveLength(1)
  })

  it('sends its CSRF token and a key with commands, and with nothing else', async () => {
    await signedIn()
    answers.push(answer(200, { stations: [] }), answer(200, {}))
    await ask(client.GET('/api/v1/stations'))
    await withdraw()
    expect(sent[1]?.headers.get('x-csrf-token')).toBeNull()
    expect(sent[2]?.headers.get('x-csrf-token')).toBe('c0ffee')
    expect(sent[2]?.headers.get('idempotency-key')).toMatch(/^[0-9a-f]{24}$/)
  })

  it('ends when the server says so, and sends to the sign-in and back', async () => {
    const session = await signedIn()
    answers.push(refusal(401, 'auth.session_expired'))
    await expect(withdraw()).rejects.toBeInstanceOf(ApiProblem)
    expect([session.staff, session.ended]).toEqual([null, true])
    const wanted = { meta: {}, fullPath: '/postings?status=draft' } as unknown as Parameters<typeof admit>[0]
    expect(await admit(wanted)).toEqual({ name: 'sign-in', query: { back: '/postings?status=draft' } })
  })

  it('is not ended by a late answer to a question of the session before', async () => {
    const session = await signedIn()
    let answerLate: (late: Response) => void = () => undefined
    answers.push(() => new Promise<Response>((resolve) => (answerLate = resolve)), refusal(401, 'auth.session_expired'))
    const early = ask(client.GET('/api/v1/stations'))
    await expect(withdraw()).rejects.toBeInstanceOf(ApiProblem)
    answers.push(answer(201, { ...SESSION, csrf_token: 'ano7her' }))
    await session.signIn('wang', 'a-long-passphrase')
    answerLate(refusal(401, 'auth.session_expired')())
    await expect(early).rejects.toBeInstanceOf(ApiProblem)
    expect(session.staff?.name).toBe('王芳')
  })

  it('is still told to have ended when a second request is refused too', async () => {
    const session = await signedIn()
    answers.push(refusal(401, 'auth.session_expired'), refusal(401, 'auth.session_expired'))
    await Promise.allSettled([withdraw(), withdraw()])
    expect([session.staff, session.ended]).toEqual([null, true])
  })

  it('does not end by a wrong password', async () => {
    const session = useSession()
    answers.push(refusal(401, 'auth.credentials_refused'))
    await expect(session.signIn('wang', 'x')).rejects.toMatchObject({ code: 'auth.credentials_refused' })
    expect(session.ended).toBe(false)
  })

  it('is forgotten at signing out, even when the server is away', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 200 })
    const session = await signedIn()
    await expect(session.signOut()).rejects.toMatchObject({ status: 0 })
    expect([session.staff, session.ended]).toEqual([null, false])
  })
})

describe('a command', () => {
  it('is sent once more with the same key when the server is away', async () => {
    await signedIn()
    answers.push(refusal(503, 'service.unavailable'), answer(200, { id: '01' }))
    await withdraw()
    expect(sent).toHaveLength(3)
    expect(sent[1]?.headers.get('idempotency-key')).toBe(sent[2]?.headers.get('idempotency-key'))
  })

  it('that was refused is not sent again', async () => {
    await signedIn()
    answers.push(refusal(409, 'jobs.posting_step_illegal'))
    await expect(withdraw()).rejects.toMatchObject({ code: 'jobs.posting_step_illegal' })
    expect(sent).toHaveLength(2)
  })
})
