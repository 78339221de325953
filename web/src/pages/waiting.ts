/** What waits for the person at the console: one entry for each kind of work, each with its list elsewhere. */

import { concurrently } from '../kit/concurrently'
import type { Tone } from '../kit/states'
import { texts } from '../texts.zh-CN'
import { employers } from './employers'
import { isDueSoon } from './due'
import { network } from './network'
import { listPostings, type Posting, type Status } from './postings'
import { needsCare, screens } from './screens'

export interface Waiting {
  key: string
  title: string
  hint: string
  tone: Tone
  /** Where its list is. */
  to: string
  /** How many; null when that could not be learned. */
  count: number | null
  /** There are more than were counted. */
  more: boolean
  /** The first few, longest waiting first. */
  postings: readonly Posting[]
}

/** One page is counted; beyond it the counter says so with a plus. */
const COUNTED = 200

type Counted = Pick<Waiting, 'count' | 'more' | 'postings'>
type Kind = Omit<Waiting, keyof Counted> & { look: (scope: Scope) => Promise<Counted> }

export interface Scope {
  station: string
  /** All stations of the scope. */
  stations: readonly string[]
}

async function inStatus(scope: Scope, status: Status, keep: (one: Posting) => boolean = () => true, by: 'created_at' | 'expires_at' = 'created_at'): Promise<Counted> {
  const found = await listPostings({ station: scope.station, status, limit: COUNTED })
  const kept = found.postings.filter(keep)
  return { count: kept.length, more: found.next !== null, postings: kept.sort((a, b) => (a[by] < b[by] ? -1 : 1)) }
}

async function screensInTrouble(scope: Scope): Promise<Counted> {
  const found = await concurrently(scope.stations, 6, screens.list)
  return { count: found.flat().filter(needsCare).length, more: false, postings: [] }
}

async function codesToReview(scope: Scope): Promise<Counted> {
  const found = await employers.list({ station: scope.station, review: 'waiting', limit: COUNTED })
  return { count: found.employers.length, more: found.next !== null, postings: [] }
}

async function duplicates(scope: Scope): Promise<Counted> {
  const found = await employers.pairs(scope.station, null, 100)
  return { count: found.pairs.length, more: found.next !== null, postings: [] }
}

async function inspectionsAndRectifications(scope: Scope): Promise<Counted> {
  const found = await network.due(scope.station, { within_days: 30, limit: COUNTED })
  return { count: found.due.length, more: found.next !== null, postings: [] }
}

const t = texts.today

/** In the order of urgency. Another kind of work is one more entry. */
export const KINDS: readonly Kind[] = [
  { key: 'verify', title: t.toVerify, hint: t.toVerifyHint, tone: 'amber', to: '/postings?status=submitted', look: (scope) => inStatus(scope, 'submitted') },
  { key: 'publish', title: t.toPublish, hint: t.toPublishHint, tone: 'blue', to: '/postings?status=verified', look: (scope) => inStatus(scope, 'verified') },
  { key: 'screens', title: t.screens, hint: t.screensHint, tone: 'red', to: '/screens?state=trouble', look: screensInTrouble },
  { key: 'due', title: t.dueSoon, hint: t.dueSoonHint, tone: 'teal', to: '/postings?due=soon', look: (scope) => inStatus(scope, 'published', (one) => isDueSoon(one), 'expires_at') },
  { key: 'rejected', title: t.rejected, hint: t.rejectedHint, tone: 'grey', to: '/postings?status=rejected', look: (scope) => inStatus(scope, 'rejected') },
  { key: 'review', title: t.review, hint: t.reviewHint, tone: 'amber', to: '/employers?review=waiting', look: codesToReview },
  { key: 'duplicates', title: t.duplicates, hint: t.duplicatesHint, tone: 'amber', to: '/employers/duplicates', look: duplicates },
  { key: 'facilities', title: t.facilities, hint: t.facilitiesHint, tone: 'red', to: '/network/due', look: inspectionsAndRectifications },
]

/** Look at one kind; one that cannot be learned is told without a number, and the others go on. */
export async function lookFor(kind: Kind, scope: Scope): Promise<Waiting> {
  const { look, ...said } = kind
  try {
    return { ...said, ...(await look(scope)) }
  } catch {
    return { ...said, count: null, more: false, postings: [] }
  }
}
