/** What the pages about imports share. */

import { ask, client, type Schema } from '../api/client'
import { saveAnswer } from '../kit/save'
import { texts } from '../texts.zh-CN'

/** As the service tells it: every count is there. */
export type Import = Required<Schema<'Import'>>
export type ImportRow = Schema<'ImportRow'>
export type RowStatus = Schema<'RowStatus'>
export type Kind = Schema<'ImportKind'>

/** Where the pages of a kind are, where what came in is, and how wide the cells of its preview are. */
export const PLACES: Readonly<Record<Kind, { list: string; one: string; register: string; widths: readonly string[] }>> = {
  employers: { list: 'imports', one: 'import', register: '/employers', widths: ['170px', '82px', '178px', '72px', '120px'] },
  postings: { list: 'posting-imports', one: 'posting-import', register: '/postings', widths: ['170px', '90px', '58px', '72px', '170px', '140px'] },
}

async function whole(asked: Parameters<typeof ask<Schema<'Import'>>>[0]): Promise<Import> {
  return (await ask(asked)) as Import
}

const at = (id: string) => ({ params: { path: { id } } })

export const imports = {
  list: async (station: string, kind: Kind, after: string | null, limit: number) => {
    const found = await ask(client.GET('/api/v1/imports', { params: { query: { station, kind, limit, ...(after && { after }) } } }))
    return { rows: found.imports as readonly Import[], next: found.next }
  },
  start: (kind: Kind, station: string, file: string) => whole(client.POST('/api/v1/imports', { body: { kind, station, file } })),
  read: (id: string) => whole(client.GET('/api/v1/imports/{id}', at(id))),
  rows: (id: string, status: RowStatus | null, after: number, limit: number) =>
    ask(client.GET('/api/v1/imports/{id}/rows', { params: { path: { id }, query: { after, limit, ...(status && { status }) } } })),
  commit: (id: string, rows: readonly number[] | null) =>
    whole(client.POST('/api/v1/imports/{id}/commit', { ...at(id), body: { rows: rows === null ? null : [...rows] } })),
  cancel: (id: string) => whole(client.POST('/api/v1/imports/{id}/cancel', { ...at(id), body: {} })),
  saveTemplate: (kind: Kind) =>
    saveAnswer(client.GET('/api/v1/import-templates/{kind}', { params: { path: { kind } }, parseAs: 'blob' }), texts.imports.kinds[kind].template),
  saveReport: (id: string) => saveAnswer(client.GET('/api/v1/imports/{id}/report', { ...at(id), parseAs: 'blob' }), '导入结果.xlsx'),
}

/** Whether the service is at work on it. */
export function isMoving(one: Import): boolean {
  return one.status === 'reading' || one.status === 'committing'
}

/** Why the file as a whole was refused. */
export function refusalText(one: Import): string {
  if (!one.refusal) return ''
  const columns = one.columns?.length ? `：${one.columns.join('、')}` : ''
  return `${texts.imports.refusals[one.refusal] ?? one.refusal}${columns}`
}

/** Why a row is not taken, in a sentence. */
export function reasonOf(fault: Schema<'RowFault'>): string {
  const text = fault.code === 'repeated_in_sheet' && fault.row ? texts.imports.repeatedRow(fault.row) : (texts.imports.faults[fault.code] ?? fault.code)
  return texts.imports.fault(fault.column, text)
}
