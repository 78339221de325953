/** The organisation chart as lines, each post below the one that it reports to. */

import type { Schema } from '../api/client'

export type Post = Schema<'Post'>

export interface ChartLine {
  post: Post
  depth: number
}

/** Depth first, in the posts' own order; one whose post above is not there stands at the top. */
export function chartOf(posts: readonly Post[]): ChartLine[] {
  const titles = new Set(posts.map((post) => post.title))
  const below = (above: string | null, depth: number, seen: readonly string[]): ChartLine[] =>
    posts
      .filter((post) => (post.reports_to && titles.has(post.reports_to) ? post.reports_to : null) === above && !seen.includes(post.title))
      .flatMap((post) => [{ post, depth }, ...below(post.title, depth + 1, [...seen, post.title])])
  return below(null, 0, [])
}
