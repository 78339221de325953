/** Files that the server makes, handed to the browser with a refusal told in words. */

import { ask } from '../api/client'

type Asked = Promise<{ data?: unknown; error?: unknown; response: Response }>

/** Save an answer that was asked for with `parseAs: 'blob'`. Throws ApiProblem. */
export async function saveAnswer(asked: Asked, name: string): Promise<void> {
  const content = (await ask(asked)) as Blob
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
