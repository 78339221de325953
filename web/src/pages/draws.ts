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

/** Where everybody can check it. */
export function addressOfDraw(draw: Pick<Draw, 'station' | 'date'>): string {
  return `/draw/${draw.station}/${draw.date}`
}
