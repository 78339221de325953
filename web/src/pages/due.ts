/** What “soon” means for a posting that will leave the screens. */

import type { Posting } from './postings'

export const DUE_SOON_HOURS = 24

export function isDueSoon(posting: Pick<Posting, 'expires_at'>, now = Date.now()): boolean {
  const left = Date.parse(posting.expires_at) - now
  return left > 0 && left <= DUE_SOON_HOURS * 3600_000
}
