/** What the pages about other systems share: their calls, and grants as a form has them. */

import { ask, client, type Schema } from '../api/client'
import type { Tone } from '../kit/states'
import type { TimelineItem } from '../kit/TimelineList.vue'
import { texts } from '../texts.zh-CN'

export type Card = Schema<'IntegratorCard'>
export type Grants = Schema<'Grants'>
export type Delivery = Schema<'WebhookDelivery'>
export type Disclosure = Schema<'Disclosure'>
export type Step = Schema<'IntegratorStep'>

/** Grants in a form: one set of stations for reading and sending. until: a moment, or empty. */
export interface GrantForm {
  families: string[]
  stations: string[]
  submit: boolean
  personal: boolean
  basis: string
  until: string
}

export const emptyGrants = (): GrantForm => ({ families: ['jobs.posting'], stations: [], submit: false, personal: false, basis: '', until: '' })

export function formOf(grants: Grants): GrantForm {
  return {
    families: [...(grants.read?.families ?? [])],
    stations: [...new Set([...(grants.read?.stations ?? []), ...(grants.submit?.stations ?? [])])],
    submit: Boolean(grants.submit),
    personal: Boolean(grants.personal),
    basis: grants.personal?.legal_basis ?? '',
    until: grants.personal?.until ?? '',
  }
}

export function grantsOf(form: GrantForm): Grants {
  const read = form.families.length > 0 ? { families: form.families, stations: form.stations } : null
  return {
    read,
    submit: form.submit ? { stations: form.stations } : null,
    personal: form.personal && read ? { legal_basis: form.basis.trim(), until: form.until } : null,
  }
}

const TONES: Readonly<Record<string, Tone>> = { add: 'green', resume: 'green', suspend: 'amber', webhook_gone: 'amber', revoke: 'red' }

/** An integrator's steps as a timeline, newest first. Of a new credential the reason says which it was. */
export function historyOf(steps: readonly Step[], nameOf: (id: string) => string): TimelineItem[] {
  const t = texts.integrators
  return [...steps]
    .sort((a, b) => b.sequence - a.sequence)
    .map(({ sequence, step, by, at, reason }) => {
      const name = t.steps[step] ?? step
      const credential = step === 'rotate' && reason ? (t.credentials[reason] ?? reason) : null
      const title = credential ? `${name}：${credential}` : name
      return { key: sequence, title, at, by: nameOf(by), reason: credential ? null : reason, tone: TONES[step] ?? 'grey' }
    })
}

const path = (id: string): { params: { path: { id: string } } } => ({ params: { path: { id } } })

export const integrators = {
  list: async (code: string): Promise<Card[]> =>
    (await ask(client.GET('/api/v1/stations/{code}/integrators', { params: { path: { code } } }))).integrators,
  read: (id: string): Promise<Card> => ask(client.GET('/api/v1/integrators/{id}', path(id))),
  history: (id: string): Promise<Schema<'IntegratorHistory'>> => ask(client.GET('/api/v1/integrators/{id}/history', path(id))),
  amend: (id: string, body: Schema<'AmendIntegratorBody'>): Promise<unknown> => ask(client.PATCH('/api/v1/integrators/{id}', { ...path(id), body })),
  rotate: (id: string, credential: Schema<'Credential'>): Promise<Schema<'RotatedCredential'>> =>
    ask(client.POST('/api/v1/integrators/{id}/rotate', { ...path(id), body: { credential } })),
  suspend: (id: string, reason: string): Promise<unknown> => ask(client.POST('/api/v1/integrators/{id}/suspend', { ...path(id), body: { reason } })),
  resume: (id: string): Promise<unknown> => ask(client.POST('/api/v1/integrators/{id}/resume', path(id))),
  revoke: (id: string, reason: string): Promise<unknown> => ask(client.POST('/api/v1/integrators/{id}/revoke', { ...path(id), body: { reason } })),
  webhook: (id: string, url: string | null): Promise<unknown> => ask(client.POST('/api/v1/integrators/{id}/webhook', { ...path(id), body: { url } })),
  deliveries: (id: string, query: { state?: Schema<'WebhookDeliveryState'>; after?: string; limit?: number }): Promise<Schema<'WebhookDeliveryList'>> =>
    ask(client.GET('/api/v1/integrators/{id}/deliveries', { params: { path: { id }, query } })),
  disclosures: (id: string, query: { after?: string; limit?: number }): Promise<Schema<'DisclosureList'>> =>
    ask(client.GET('/api/v1/integrators/{id}/disclosures', { params: { path: { id }, query } })),
  replay: (id: string, deliveryId: string): Promise<unknown> =>
    ask(client.POST('/api/v1/integrators/{id}/deliveries/{delivery_id}/replay', { params: { path: { id, delivery_id: deliveryId } } })),
  replayFailed: (id: string): Promise<Schema<'Replayed'>> => ask(client.POST('/api/v1/integrators/{id}/deliveries/replay', path(id))),
}
