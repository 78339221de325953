import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { DOCUMENT_PATH } from './document'

it('the types of the HTTP interface are of the API document as it stands', () => {
  const digest = createHash('sha256').update(readFileSync(DOCUMENT_PATH)).digest('hex')
  expect(readFileSync('src/api/schema.d.ts', 'utf8')).toContain(digest)
})
