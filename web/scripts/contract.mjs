// Writes src/api/schema.d.ts, the types of the HTTP interface, from the API document. The file is made anew at
// each build, test and check and is never committed, so that it cannot be stale.
import { readFileSync, writeFileSync, existsSync } from 'node:fs'
import { createHash } from 'node:crypto'
import openapiTS, { astToString } from 'openapi-typescript'

const source = process.env.YIZHAN_OPENAPI
  ? new URL(process.env.YIZHAN_OPENAPI, 'file:///')
  : new URL('../../docs/openapi.json', import.meta.url)
const target = new URL('../src/api/schema.d.ts', import.meta.url)

const text = readFileSync(source, 'utf8')
const mark = `// sha256 of the API document: ${createHash('sha256').update(text).digest('hex')}\n`
if (!existsSync(target) || !readFileSync(target, 'utf8').startsWith(mark)) {
  writeFileSync(target, mark + astToString(await openapiTS(JSON.parse(text), { defaultNonNullable: false })))
}
