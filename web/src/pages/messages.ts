/** Messages as their pages ask for them. */

import { ask, client, type Schema } from '../api/client'
import type { Page, PageRequest } from '../kit/table'

export type Delivery = Schema<'DeliveryView'>
export type DeliveryState = Schema<'DeliveryState'>
export type Letter = Schema<'Letter'>
export type Wishes = Schema<'MessageWishes'>
export type Kind = Schema<'MessageKind'>
export type Template = Schema<'MessageTemplate'>
export type Publication = Schema<'Publication'>
export type PublicationChannel = Schema<'PublicationChannel'>
export type Kit = Schema<'PublicationKit'>

export const messages = {
  async deliveries(station: string, state: DeliveryState | null, { after, limit }: PageRequest): Promise<Page<Delivery>> {
    const query = { station, limit, ...(state && { state }), ...(after && { after }) }
    const found = await ask(client.GET('/api/v1/deliveries', { params: { query } }))
    return { rows: found.deliveries, next: found.next }
  },
  queueAgain: (id: string) => ask(client.POST('/api/v1/deliveries/{id}/queue-again', { params: { path: { id } }, body: {} })),

  async letters({ after, limit }: PageRequest): Promise<Page<Letter>> {
    const query = { limit, ...(after && { after }) }
    const found = await ask(client.GET('/api/v1/my/letters', { params: { query } }))
    return { rows: found.letters, next: found.next }
  },
  wishes: () => ask(client.GET('/api/v1/my/message-wishes')),
  choose: (body: Wishes) => ask(client.PUT('/api/v1/my/message-wishes', { body })),

  templates: () => ask(client.GET('/api/v1/message-templates')),
  preview: (body: Schema<'PreviewTemplate'>) => ask(client.POST('/api/v1/message-templates/preview', { body })),
  write: (body: Schema<'WriteTemplate'>) => ask(client.POST('/api/v1/message-templates', { body })),

  async publications(station: string, { after, limit }: PageRequest): Promise<Page<Publication>> {
    const query = { station, limit, ...(after && { after }) }
    const found = await ask(client.GET('/api/v1/publications', { params: { query } }))
    return { rows: found.publications, next: found.next }
  },
  kit: (id: string, link: string) => ask(client.GET('/api/v1/postings/{id}/publication-kit', { params: { path: { id }, query: { link } } })),
  record: (id: string, body: Schema<'RecordPublicationBody'>) =>
    ask(client.POST('/api/v1/postings/{id}/publications', { params: { path: { id } }, body })),
}
