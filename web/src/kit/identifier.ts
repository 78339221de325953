/** An identifier that sorts by the time it was made (RFC 9562, version 7). */
export function newId(now = Date.now()): string {
  // Not crypto.randomUUID, which is missing where the page comes by plain http.
  const random = [...crypto.getRandomValues(new Uint8Array(10))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const time = now.toString(16).padStart(12, '0')
  const variant = ((parseInt(random[3] ?? '0', 16) & 3) | 8).toString(16)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`
}
