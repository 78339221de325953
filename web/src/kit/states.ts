/** One colour for each kind of state, on every page: a person learns them once. */

import { texts } from '../texts.zh-CN'

export type Tone = 'grey' | 'blue' | 'amber' | 'green' | 'red' | 'teal'

export interface State {
  tone: Tone
  label: string
}

const TONES: Readonly<Record<string, Readonly<Record<string, Tone>>>> = {
  posting: {
    draft: 'grey', submitted: 'amber', verified: 'blue', rejected: 'red', published: 'green', withdrawn: 'grey', expired: 'grey',
  },
  postingStage: {
    draft: 'grey', submitted: 'amber', verified: 'blue', rejected: 'red', published: 'green', partly_filled: 'green', filled: 'teal', lapsed: 'amber',
    closed: 'grey', withdrawn: 'grey', expired: 'grey',
  },
  claim: { claimed: 'amber', accepted: 'green', declined: 'red' },
  finding: { refuse: 'red', warn: 'amber' },
  morning: { lapsed: 'red', stale: 'amber', due: 'blue' },
  standing: { active: 'green', closed: 'grey', merged: 'grey', warned: 'amber', suspended: 'red', blacklisted: 'red' },
  screen: { live: 'green', stale: 'amber', offline: 'red', never: 'grey', revoked: 'grey' },
  notice: { waiting: 'blue', showing: 'green', over: 'grey', ended: 'grey' },
  staff: { active: 'green', closed: 'grey' },
  integrator: { active: 'green', suspended: 'amber', revoked: 'grey' },
  webhookDelivery: { waiting: 'blue', sent: 'green', failed: 'red', dropped: 'grey' },
  station: { open: 'green', suspended: 'amber' },
  stationStage: { planned: 'blue', inspected: 'teal', rectifying: 'amber', open: 'green', suspended: 'amber', revoked: 'grey' },
  facility: { in_order: 'green', faulty: 'red', removed: 'grey' },
  mapListing: { not_submitted: 'grey', submitted: 'blue', listed: 'green', wrong: 'red' },
  training: { counts: 'green', withdrawn: 'grey' },
  dueThing: { overdue: 'red', soon: 'amber' },
  dispatch: {
    offered: 'blue', accepted: 'teal', dispatched: 'teal', arrived: 'green', worked: 'amber', reminded: 'red', paid: 'green', unpaid: 'red',
    no_show: 'red', declined: 'grey', expired: 'grey', cancelled: 'grey',
  },
  difficulty: { in_force: 'amber', ended: 'grey', withdrawn: 'grey' },
  aidCase: { open: 'blue', closed: 'grey' },
  guidance: { booked: 'blue', held: 'green', missed: 'amber', cancelled: 'grey' },
  course: { planned: 'blue', running: 'green', over: 'grey', cancelled: 'red' },
  skillTraining: {
    wished: 'amber', enrolled: 'blue', attended: 'teal', completed: 'green', subsidy_applied: 'blue', subsidy_granted: 'green', subsidy_refused: 'red', dropped: 'grey', failed: 'grey',
  },
  startUp: { preparing: 'blue', licensed: 'green', closed: 'grey' },
  employer: { active: 'green', closed: 'grey', merged: 'grey' },
  review: { waiting: 'amber', confirmed: 'green', refused: 'red' },
  sanction: { warned: 'amber', suspended: 'red', blacklisted: 'red' },
  verification: { verified: 'green', unverified: 'grey', lapsed: 'amber' },
  fair: { planned: 'blue', announced: 'teal', held: 'green', closed: 'grey', cancelled: 'red' },
  attendance: { invited: 'blue', confirmed: 'teal', declined: 'grey', came: 'green', absent: 'red' },
  import: { reading: 'blue', ready: 'amber', committing: 'blue', done: 'green', cancelled: 'grey', refused: 'red' },
  seeker: { active: 'green', closed: 'grey', erased: 'grey' },
  delivery: { queued: 'blue', sending: 'blue', sent: 'green', delivered: 'green', refused: 'red', failed: 'red', not_configured: 'amber' },
  importRow: { good: 'green', faulty: 'red', taken: 'amber', imported: 'blue' },
}

const LABELS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  posting: texts.postings.statuses,
  postingStage: texts.trust.stages,
  claim: texts.trust.papers.states,
  finding: texts.trust.severities,
  morning: texts.trust.morning.states,
  standing: texts.trust.standings,
  screen: texts.screens.states,
  notice: texts.notices.states,
  staff: texts.staff.states,
  integrator: texts.integrators.statuses,
  webhookDelivery: texts.integrators.deliveryStates,
  station: texts.network.statuses,
  stationStage: texts.network.stages.names,
  facility: texts.network.facilities.states,
  mapListing: texts.network.premises.listingStates,
  training: texts.network.training.states,
  dueThing: texts.network.due.states,
  dispatch: texts.dispatch.statuses,
  difficulty: texts.support.aid.standings,
  aidCase: texts.support.aid.states,
  guidance: texts.support.guidance.states,
  course: texts.support.courses.states,
  skillTraining: texts.support.training.states,
  startUp: texts.support.startUp.states,
  employer: texts.employers.statuses,
  review: texts.employers.reviews,
  sanction: texts.employers.sanctionKinds,
  verification: texts.employers.states,
  fair: texts.fairs.statuses,
  attendance: texts.fairs.attendances,
  import: texts.imports.statuses,
  seeker: texts.seekers.statuses,
  delivery: texts.messages.states,
  importRow: texts.imports.rowStatuses,
}

/** How a state is shown; one that is not known here keeps its own name, in grey. */
export function stateOf(kind: string, value: string): State {
  return { tone: TONES[kind]?.[value] ?? 'grey', label: LABELS[kind]?.[value] ?? value }
}
