/** The draw's stages as the desk takes them one after the other. */

import type { Schema } from '../api/client'

type Draw = Schema<'Draw'>
export type DrawStage = 'none' | 'committed' | 'closed' | 'revealed'
export type DrawStep = 'announce' | 'close' | 'reveal'

const STEPS: Readonly<Record<DrawStage, DrawStep | null>> = { none: 'announce', committed: 'close', closed: 'reveal', revealed: null }

export function stageOf(order: Schema<'QueueOrder'> | null, draw: Draw | null): DrawStage {
  if (order !== 'draw' || !draw) return 'none'
  if (draw.seed) return 'revealed'
  return draw.closed_at ? 'closed' : 'committed'
}

/** The one step that can be taken now. */
export function stepFrom(stage: DrawStage): DrawStep | null {
  return STEPS[stage]
}

/** Where a ticket goes in the whole queue so that it is at a place among those who wait. place: 1 for the first. */
export function positionOf(queue: readonly string[], waiting: readonly string[], ticket: string, place: number): number {
  const rest = queue.filter((one) => one !== ticket)
  const others = new Set(waiting)
  const before = rest.filter((one) => others.has(one))[place - 1]
  return before === undefined ? queue.length : rest.indexOf(before) + 1
}

/** Where everybody can check it. */
export function addressOfDraw(draw: Pick<Draw, 'station' | 'date'>): string {
  return `/draw/${draw.station}/${draw.date}`
}
