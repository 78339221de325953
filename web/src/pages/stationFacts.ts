/** What the public is told of a station, as it is typed. */

import type { Schema } from '../api/client'
import { clockOf } from './network'

export interface FactsDraft {
  namePlate: string
  shortName: string
  hotline: string
  complaintLine: string
  opens: string
  closes: string
  address: string
}

export function draftOf(facts?: Schema<'StationFacts'>): FactsDraft {
  return {
    namePlate: facts?.name_plate ?? '',
    shortName: facts?.short_name ?? '',
    hotline: facts?.hotline ?? '',
    complaintLine: facts?.complaint_line ?? '',
    opens: facts?.opening_hours?.opens ?? '',
    closes: facts?.opening_hours?.closes ?? '',
    address: facts?.address ?? '',
  }
}

/** Whether the hours are told by both times, or by none. */
export function hoursAreWhole(draft: FactsDraft): boolean {
  return draft.opens || draft.closes ? Boolean(clockOf(draft.opens) && clockOf(draft.closes)) : true
}

/** The facts to be sent; the slogans stay as they are. */
export function factsOf(draft: FactsDraft, slogans: readonly string[] = []): Schema<'StationFacts'> {
  const [opens, closes] = [clockOf(draft.opens), clockOf(draft.closes)]
  return {
    name_plate: draft.namePlate.trim(),
    short_name: draft.shortName.trim(),
    hotline: draft.hotline.trim() || null,
    complaint_line: draft.complaintLine.trim() || null,
    opening_hours: opens && closes ? { opens, closes } : null,
    address: draft.address.trim() || null,
    slogans: [...slogans],
  }
}
