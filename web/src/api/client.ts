/** The HTTP interface, typed by docs/openapi.json. Every command is safe to repeat and is, once, by itself. */

import createClient from 'openapi-fetch'
import { ApiProblem, problemOfStatus, type Problem } from './problems'
import type { components, paths } from './schema'

export type Schemas = components['schemas']
export type Schema<Name extends keyof Schemas> = Schemas[Name]

const SAFE = new Set(['GET', 'HEAD'])
const AWAY = new Set([502, 503, 504])
const RETRY_MS = 700

/** The session's CSRF token; the session store sets it. */
let csrfToken: string | null = null
let onSessionLost: () => void = () => undefined

export function useCsrfToken(token: string | null): void {
  csrfToken = token
}

/** Called when the server says that there is no session (any more). */
export function whenSessionIsLost(act: () => void): void {
  onSessionLost = act
}

/** 24 hex. Not crypto.randomUUID: that is missing where the page comes by plain http. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** What a command that does not go through `client` has to show. */
export function commandHeaders(): Readonly<Record<string, string>> {
  return { ...(csrfToken && { 'X-CSRF-Token': csrfToken }), 'Idempotency-Key': newKey() }
}

/**
 * Asked before a request, it gives what to call when that is answered by 401. An answer to a question of an earlier
 * session says nothing of the present one: whoever has just signed in again would be sent away.
 */
export function sessionLoser(): () => void {
  const asked = csrfToken
  return () => {
    if (asked === csrfToken) onSessionLost()
  }
}

async function send(request: Request): Promise<Response> {
  if (!SAFE.has(request.method)) {
    if (csrfToken) request.headers.set('X-CSRF-Token', csrfToken)
    if (!request.headers.has('Idempotency-Key')) request.headers.set('Idempotency-Key', newKey())
  }
  const again = request.clone()
  const first = await fetch(request).catch(() => null)
  if (first && !AWAY.has(first.status)) return first
  // With its key, a command that was done already is answered and not done twice.
  await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  return fetch(again).catch((error: unknown) => first ?? Promise.reject(error))
}

export const client = createClient<paths>({
  baseUrl: typeof location === 'undefined' ? '' : location.origin,
  credentials: 'same-origin',
  fetch: send,
})

type Answer<Data> = { data?: Data; error?: unknown; response: Response }

/** The answer's body. Throws ApiProblem, whoever refused. */
export async function ask<Data>(asked: Promise<Answer<Data>>): Promise<Data> {
  const loseSession = sessionLoser()
  let answer: Answer<Data>
  try {
    answer = await asked
  } catch {
    throw new ApiProblem({ ...problemOfStatus(0), status: 0 })
  }
  if (answer.data !== undefined && answer.response.ok) return answer.data
  const problem = isProblem(answer.error) ? answer.error : problemOfStatus(answer.response.status)
  const refusal = new ApiProblem(problem, answer.response.headers.get('x-correlation-id'))
  if (problem.status === 401 && problem.code !== 'auth.credentials_refused') loseSession()
  throw refusal
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'status' in value
}

