/** What the pages about trusted postings share: the law's findings, the dossier, reconfirmation. */

import { ask, client, type Schema } from '../api/client'

export type Finding = Schema<'Finding'>
export type Dossier = Schema<'PostingDossier'>
export type Likeness = Schema<'Likeness'>

const at = (id: string) => ({ params: { path: { id } } })

export const trust = {
  dossier: (id: string) => ask(client.GET('/api/v1/postings/{id}/dossier', at(id))),
  markDuplicate: (id: string, duplicate_of: string | null) =>
    ask(client.PUT('/api/v1/postings/{id}/duplicate', { ...at(id), body: { duplicate_of } })),
  claim: (id: string, body: Schema<'ClaimExceptionBody'>) => ask(client.POST('/api/v1/postings/{id}/exceptions', { ...at(id), body })),
  decide: (id: string, rule: string, accept: boolean) =>
    ask(client.PUT('/api/v1/postings/{id}/exceptions/{rule}', { params: { path: { id, rule } }, body: { accept } })),
  attach: (id: string, file_id: string) => ask(client.POST('/api/v1/postings/{id}/evidence', { ...at(id), body: { file_id } })),
  taken: (id: string, taken: number, reason: string) => ask(client.PUT('/api/v1/postings/{id}/taken', { ...at(id), body: { taken, reason } })),
  close: (id: string, reason: string) => ask(client.POST('/api/v1/postings/{id}/close', { ...at(id), body: { reason } })),
  toReconfirm: (station: string) => ask(client.GET('/api/v1/postings/to-reconfirm', { params: { query: { station, limit: 200 } } })),
  reconfirm: async (ids: readonly string[], method: Schema<'VerificationMethod'>) =>
    (await ask(client.POST('/api/v1/postings/reconfirm', { body: { ids: [...ids], method } }))).answers,
}

export function evidenceAddress(id: string, file: string): string {
  return `/api/v1/postings/${encodeURIComponent(id)}/evidence/${encodeURIComponent(file)}`
}

/** A text in pieces; those that a finding is about carry its severity, the graver where two overlap. */
export interface Piece {
  text: string
  severity: Schema<'Severity'> | null
}

export function markedPieces(text: string, findings: readonly Finding[]): Piece[] {
  const marks = new Array<Piece['severity']>(text.length).fill(null)
  for (const { words, severity } of findings) {
    for (let from = words ? text.indexOf(words) : -1; from >= 0; from = text.indexOf(words, from + words.length)) {
      for (let place = from; place < from + words.length; place++) {
        if (marks[place] !== 'refuse') marks[place] = severity
      }
    }
  }
  const pieces: Piece[] = []
  marks.forEach((severity, place) => {
    const last = pieces[pieces.length - 1]
    if (last && last.severity === severity) last.text += text[place]
    else pieces.push({ text: text[place] ?? '', severity })
  })
  return pieces
}
