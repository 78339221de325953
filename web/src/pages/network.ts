/** The network as the console works on it: a station's life, what stands in its way, what each tab reads. */

import { ask, client, type Schema } from '../api/client'
import { matchesPlainly, type Matcher } from '../kit/pinyin'
import { texts } from '../texts.zh-CN'
import type { Station } from '../stores/stations'

export type Stage = Schema<'StationStage'>
export type Kind = Schema<'StationKind'>
export type Missing = Schema<'MissingThing'>
export type Facility = Schema<'Facility'>
export type Step = 'inspect' | 'rectify' | 'open' | 'suspend' | 'revoke'

export const TABS = ['facts', 'stage', 'premises', 'facilities', 'services', 'guide', 'training'] as const
export type Tab = (typeof TABS)[number]
/** What anybody may see of a station; the rest is its own staff's. */
export const PUBLIC_TABS: readonly Tab[] = ['facts', 'premises', 'services', 'guide']

const FROM: Readonly<Record<Step, readonly Stage[]>> = {
  inspect: ['planned', 'rectifying'],
  rectify: ['inspected', 'open', 'suspended'],
  open: ['inspected', 'rectifying', 'suspended'],
  suspend: ['open'],
  revoke: ['planned', 'inspected', 'rectifying', 'open', 'suspended'],
}
const PARENTS: Readonly<Record<Kind, readonly Kind[]>> = {
  county_market: [],
  town_station: ['county_market'],
  community_station: ['county_market', 'town_station', 'community_station'],
  contact_point: ['county_market', 'town_station', 'community_station'],
}
/** The kinds that opening asks for by name. */
const OF_FACILITIES = Object.keys(texts.network.facilities.kinds)

/** A station told of without its stage is open or suspended. */
export function stageOf(station: Station): Stage {
  return station.stage ?? station.status
}

/** The steps that a station can take now. A county would have no root without its market. */
export function stepsFrom(station: Station): Step[] {
  const stage = stageOf(station)
  return (Object.keys(FROM) as Step[]).filter((step) => FROM[step].includes(stage) && !(step === 'revoke' && station.kind === 'county_market'))
}

/** What a step is called; to open what was suspended is to resume. */
export function stepName(step: Step | Schema<'StationStepKind'>, from: Stage | null): string {
  return step === 'open' && from === 'suspended' ? texts.network.stages.resume : (texts.network.stages.steps[step] ?? step)
}

/** The kinds that may stand below a station. */
export function kindsBelow(parent: Station): Kind[] {
  return (Object.keys(PARENTS) as Kind[]).filter((kind) => PARENTS[kind].includes(parent.kind))
}

/** Where a station may be moved to: not below itself, and nowhere where its kind cannot stand. */
export function parentsFor(station: Station, all: readonly Station[]): Station[] {
  return all.filter((one) => PARENTS[station.kind].includes(one.kind) && !one.path.includes(station.code) && stageOf(one) !== 'revoked')
}

/** The next free code below a parent: its own and two digits; '' when there is none. */
export function nextCode(parent: string, taken: readonly string[]): string {
  if (parent.length >= 20) return ''
  const used = new Set(taken)
  for (let number = 1; number < 100; number += 1) {
    const code = parent + String(number).padStart(2, '0')
    if (!used.has(code)) return code
  }
  return ''
}

/** HH:MM of what was typed ("8", "0830", "8：30"); null when that is no time of day. */
export function clockOf(typed: string): string | null {
  const plain = typed.normalize('NFKC').replace(/\s/g, '')
  const parts = /^(\d{1,2}):(\d{2})$/.exec(plain) ?? /^(\d{1,2})(\d{2})$/.exec(plain) ?? /^(\d{1,2})()$/.exec(plain)
  if (!parts) return null
  const [hours, minutes] = [Number(parts[1]), Number(parts[2] || 0)]
  return hours < 24 && minutes < 60 ? `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}` : null
}

/** Whether a station is among those looked for. */
export function matchesStation(station: Station, wanted: { text: string; matcher?: Matcher; stage: string; kind: string }): boolean {
  if (wanted.stage && stageOf(station) !== wanted.stage) return false
  if (wanted.kind && station.kind !== wanted.kind) return false
  const words = `${station.facts.short_name} ${station.facts.name_plate} ${station.code}`
  return !wanted.text || (wanted.matcher ?? matchesPlainly)(words, wanted.text)
}

/** What is missing, in a sentence. */
export function missingText(thing: Missing): string {
  const t = texts.network.missing
  const [what = '', fault = ''] = thing.code.split('.')
  const known = t.byCode[thing.code]
  if (known) return known({ required: thing.required ?? null, found: thing.found ?? null, count: (thing.rectifications ?? []).length })
  if (what === 'functions') return t.functions((thing.functions ?? []).map((one) => texts.network.premises.functionNames[one] ?? one).join('、'))
  const name = texts.network.facilities.kinds[what]
  const said = t.facilityFaults[fault]
  return name && said ? said(name, (thing.facilities ?? []).length) : thing.code
}

/** The page on which a missing thing is mended; there `mend` opens what is to be filled in. */
export function placeOf(thing: Missing, station: string): { path: string; query: Record<string, string> } {
  const what = thing.code.split('.')[0] ?? ''
  if (what === 'active_staff') return { path: '/staff', query: { station } }
  const tab: Tab =
    OF_FACILITIES.includes(what) ? 'facilities'
    : what === 'service_items' ? 'services'
    : what === 'area' || what === 'functions' ? 'premises'
    : what === 'rectifications' ? 'stage'
    : 'facts'
  return { path: '/network', query: { station, tab, mend: thing.code } }
}

/** The complete list with which a refusal to open came, or null when it was refused for something else. */
export function missingIn(evidence: Readonly<Record<string, unknown>> | undefined): Missing[] | null {
  const found = evidence?.['missing']
  return Array.isArray(found) ? (found as Missing[]) : null
}

/** Lines that say something. */
export function linesOf(text: string): string[] {
  return text.split('\n').map((line) => line.trim()).filter(Boolean)
}

const at = (code: string) => ({ params: { path: { code } } })
const by = (id: string) => ({ params: { path: { id } } })

export const network = {
  add: (body: Schema<'AddStation'>) => ask(client.POST('/api/v1/stations', { body })),
  amend: (code: string, body: Schema<'AmendStationBody'>) => ask(client.PATCH('/api/v1/stations/{code}', { ...at(code), body })),
  readiness: (code: string) => ask(client.GET('/api/v1/stations/{code}/readiness', at(code))),
  history: (code: string) => ask(client.GET('/api/v1/stations/{code}/history', { params: { path: { code }, query: { limit: 200 } } })),
  mend: (id: string, note: string) => ask(client.POST('/api/v1/rectifications/{id}/mend', { ...by(id), body: { note } })),
  take: {
    inspect: (code: string, reason: string) => ask(client.POST('/api/v1/stations/{code}/inspect', { ...at(code), body: { reason } })),
    open: (code: string, reason: string) => ask(client.POST('/api/v1/stations/{code}/open', { ...at(code), body: reason ? { reason } : {} })),
    suspend: (code: string, reason: string) => ask(client.POST('/api/v1/stations/{code}/suspend', { ...at(code), body: { reason } })),
    revoke: (code: string, reason: string) => ask(client.POST('/api/v1/stations/{code}/revoke', { ...at(code), body: { reason } })),
  },
  rectify: (code: string, body: Schema<'RectifyStationBody'>) => ask(client.POST('/api/v1/stations/{code}/rectify', { ...at(code), body })),

  premises: (code: string) => ask(client.GET('/api/v1/stations/{code}/premises', at(code))),
  amendPremises: (code: string, body: Schema<'AmendPremisesBody'>) => ask(client.PATCH('/api/v1/stations/{code}/premises', { ...at(code), body })),
  listings: (code: string) => ask(client.GET('/api/v1/stations/{code}/map-listings', { params: { path: { code }, query: { limit: 50 } } })),
  reportListing: (code: string, body: Schema<'ReportMapListingBody'>) => ask(client.POST('/api/v1/stations/{code}/map-listings', { ...at(code), body })),

  /** All of a station's facilities, page after page. */
  async facilities(code: string): Promise<Facility[]> {
    const found: Facility[] = []
    let after: string | undefined
    do {
      const query = { limit: 200, ...(after && { after }) }
      const page = await ask(client.GET('/api/v1/stations/{code}/facilities', { params: { path: { code }, query } }))
      found.push(...page.facilities)
      after = page.next ?? undefined
    } while (after)
    return found
  },
  addFacilities: (code: string, facilities: Schema<'NewFacility'>[]) =>
    ask(client.POST('/api/v1/stations/{code}/facilities', { ...at(code), body: { facilities } })),
  amendFacility: (id: string, body: Schema<'AmendFacilityBody'>) => ask(client.PATCH('/api/v1/facilities/{id}', { ...by(id), body })),
  inspectFacility: (id: string, body: Schema<'InspectFacilityBody'>) => ask(client.POST('/api/v1/facilities/{id}/inspections', { ...by(id), body })),
  inspections: (id: string) => ask(client.GET('/api/v1/facilities/{id}/inspections', { params: { path: { id }, query: { limit: 50 } } })),
  attach: (id: string, file_id: string) => ask(client.POST('/api/v1/facilities/{id}/photos', { ...by(id), body: { file_id } })),
  detach: (id: string, file_id: string) => ask(client.DELETE('/api/v1/facilities/{id}/photos/{file_id}', { params: { path: { id, file_id } } })),

  guide: (code: string) => ask(client.GET('/api/v1/stations/{code}/guide', at(code))),
  amendGuide: (code: string, body: Schema<'AmendGuideBody'>) => ask(client.PATCH('/api/v1/stations/{code}/guide', { ...at(code), body })),
  addItem: (code: string, body: Schema<'AddServiceItemBody'>) => ask(client.POST('/api/v1/stations/{code}/service-items', { ...at(code), body })),
  amendItem: (id: string, body: Schema<'AmendServiceItemBody'>) => ask(client.PATCH('/api/v1/service-items/{id}', { ...by(id), body })),
  withdrawItem: (id: string) => ask(client.DELETE('/api/v1/service-items/{id}', by(id))),

  trainings: (code: string) => ask(client.GET('/api/v1/stations/{code}/trainings', { params: { path: { code }, query: { limit: 100 } } })),
  train: (code: string, body: Schema<'RecordTrainingBody'>) => ask(client.POST('/api/v1/stations/{code}/trainings', { ...at(code), body })),
  withdrawTraining: (id: string, reason: string) => ask(client.POST('/api/v1/trainings/{id}/withdraw', { ...by(id), body: { reason } })),
  staff: (code: string) => ask(client.GET('/api/v1/stations/{code}/staff', at(code))),

  due: (code: string, query: { within_days: number; limit: number; after?: string }) =>
    ask(client.GET('/api/v1/stations/{code}/due', { params: { path: { code }, query } })),
}

/** Where a facility's photo is seen. */
export function photoAddress(facility: string, file: string): string {
  return `/api/v1/facilities/${facility}/photos/${file}`
}
