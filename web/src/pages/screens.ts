/** What the pages about screens share. */

import { ask, client, type Schema } from '../api/client'

export type Screen = Schema<'Screen'>
export type ScreenState = 'live' | 'stale' | 'offline' | 'never' | 'revoked'

/** A page paints every second or so; after this long it hangs. */
const STALE_PAINT_SECONDS = 60
/** A screen acknowledges within a blink; one that lags longer than a report apart shows old jobs. */
const STALE_BEHIND = 1

/** How a screen fares, in a word. */
export function stateOfScreen(screen: Screen): ScreenState {
  const { device, health } = screen
  if (device.revoked_at) return 'revoked'
  if (!health) return 'never'
  if (!health.connected) return 'offline'
  return behind(screen) > STALE_BEHIND || (health.last_paint_seconds ?? 0) > STALE_PAINT_SECONDS ? 'stale' : 'live'
}

/** Updates that the board has told and the screen has not drawn yet. */
export function behind({ health }: Screen): number {
  if (!health || health.acked_offset == null || health.current_offset == null) return 0
  return Math.max(0, health.current_offset - health.acked_offset)
}

/** Whether somebody should go and look at it. */
export function needsCare(screen: Screen): boolean {
  return ['stale', 'offline'].includes(stateOfScreen(screen))
}

const at = (code: string) => ({ params: { path: { code } } })

export const screens = {
  list: async (code: string) => (await ask(client.GET('/api/v1/stations/{code}/screens', at(code)))).screens,
  board: (code: string) => ask(client.GET('/api/v1/stations/{code}/board', at(code))),
  issue: (code: string, label: string) => ask(client.POST('/api/v1/stations/{code}/devices', { ...at(code), body: { label } })),
  revoke: (id: string) => ask(client.DELETE('/api/v1/devices/{id}', { params: { path: { id } } })),
}

/** What a screen opens; the code after the # is sent to nobody. */
export function addressOf(station: string, code: string, origin = location.origin): string {
  return `${origin}/screen/${station}#code=${code}`
}
