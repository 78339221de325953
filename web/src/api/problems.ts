/** Refusals of the API, told in Chinese by their stable code. */

import { texts } from '../texts.zh-CN'
import type { components } from './schema'

export type Problem = components['schemas']['Problem']

/** Thrown by every call that was refused. `status` 0: nobody answered. */
export class ApiProblem extends Error {
  constructor(
    readonly problem: Problem,
    readonly correlation: string | null = null,
  ) {
    super(problem.code)
  }

  get code(): string {
    return this.problem.code
  }

  get status(): number {
    return this.problem.status
  }
}

/** The sentence for whoever is at the screen. */
export function messageOf(error: unknown): string {
  if (!(error instanceof ApiProblem)) return texts.errors.unknown
  const { code, status, evidence } = error.problem
  const known = texts.errors.byCode[code]
  if (known) return typeof known === 'string' ? known : known(evidence ?? {})
  if (status === 0) return texts.errors.offline
  if (status >= 500) return texts.errors.server(error.correlation ?? code)
  return texts.errors.fallback(code)
}

/** JSON pointer → what is wrong there, for the fields of a form. */
export function faultsOf(error: unknown): Record<string, string> {
  if (!(error instanceof ApiProblem)) return {}
  return Object.fromEntries(
    (error.problem.errors ?? []).map((fault) => [
      fault.pointer,
      texts.errors.byFault[fault.code] ?? texts.errors.faultByDetail(fault.detail),
    ]),
  )
}

/** What could not be read as a Problem: a proxy's page, or no answer at all. */
export function problemOfStatus(status: number): Problem {
  const code = status === 0 ? 'console.offline' : `console.http_${status}`
  return { type: `urn:yizhan:problem:${code}`, title: '', status: status || 400, code, detail: '', evidence: {}, errors: [] }
}
