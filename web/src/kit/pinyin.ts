/** Search as staff type it: the words themselves, or the initials or letters of their pinyin (byg, banyun). */

export type Matcher = (text: string, query: string) => boolean

/** Whether the words themselves are there; case and width do not matter. */
export function matchesPlainly(text: string, query: string): boolean {
  const wanted = query.normalize('NFKC').trim().toLowerCase()
  return text.normalize('NFKC').toLowerCase().includes(wanted)
}

let loaded: Promise<Matcher> | undefined

/** A matcher that knows pinyin. Its dictionary is large and loaded at the first Latin letter only. */
export function matcherFor(query: string): Promise<Matcher> {
  if (!/[a-z]/i.test(query)) return Promise.resolve(matchesPlainly)
  loaded ??= import('pinyin-pro').then(({ match }) => (text: string, wanted: string) => {
    if (matchesPlainly(text, wanted)) return true
    return match(text, wanted.replace(/\s/g, '').toLowerCase(), { continuous: true }) !== null
  })
  return loaded
}
