/** Aid, guidance, training and start-ups, as the console works on them. */

import { ask, client, type Schema } from '../api/client'
import { dayIn } from '../kit/moments'
import { yuanOf } from '../kit/money'
import { texts } from '../texts.zh-CN'

export type Difficulty = Schema<'Difficulty'>
export type DifficultyGroup = Schema<'DifficultyGroup'>
export type AidCase = Schema<'AidCase'>
export type Session = Schema<'GuidanceSession'>
export type Course = Schema<'Course'>
export type SkillTraining = Schema<'SkillTraining'>
export type TrainingStep = Schema<'SkillTrainingStep'>
export type StartUp = Schema<'StartUp'>
export type StartUpStep = Schema<'StartUpStep'>
type Person = Schema<'ListedPerson'>

const by = (id: string) => ({ params: { path: { id } } })

export interface ListQuery {
  station: string
  after?: string
  limit: number
}

export const support = {
  groups: () => ask(client.GET('/api/v1/difficulty-groups')),
  aid: (id: string) => ask(client.GET('/api/v1/seekers/{id}/aid', by(id))),
  tag: (id: string, body: Schema<'TagDifficultyBody'>) => ask(client.POST('/api/v1/seekers/{id}/difficulties', { ...by(id), body })),
  untag: (id: string, reason: string) => ask(client.POST('/api/v1/difficulties/{id}/withdraw', { ...by(id), body: { reason } })),
  openCase: (id: string, body: Schema<'OpenAidCaseBody'>) => ask(client.POST('/api/v1/seekers/{id}/aid-cases', { ...by(id), body })),
  amendPlan: (id: string, body: Schema<'AmendAidPlanBody'>) => ask(client.PATCH('/api/v1/aid-cases/{id}', { ...by(id), body })),
  visit: (id: string, body: Schema<'RecordAidVisitBody'>) => ask(client.POST('/api/v1/aid-cases/{id}/visits', { ...by(id), body })),
  closeCase: (id: string, body: Schema<'CloseAidCaseBody'>) => ask(client.POST('/api/v1/aid-cases/{id}/close', { ...by(id), body })),
  cases: (query: ListQuery & { state?: Schema<'AidCaseStatus'> }) => ask(client.GET('/api/v1/aid-cases', { params: { query } })),
  longWaiting: (station: string) => ask(client.GET('/api/v1/long-waiting', { params: { query: { station, limit: 200 } } })),
  dismiss: (id: string) => ask(client.POST('/api/v1/seekers/{id}/long-waiting/dismiss', { ...by(id), body: {} })),

  book: (id: string, body: Schema<'BookGuidanceBody'>) => ask(client.POST('/api/v1/seekers/{id}/guidance', { ...by(id), body })),
  finish: (id: string, result: Schema<'GuidanceResult'>) => ask(client.POST('/api/v1/guidance/{id}/result', { ...by(id), body: { result } })),
  sessionsOf: (id: string) => ask(client.GET('/api/v1/seekers/{id}/guidance', by(id))),
  sessions: (query: ListQuery & { state?: Schema<'GuidanceStatus'> }) => ask(client.GET('/api/v1/guidance', { params: { query } })),

  courses: (query: ListQuery & { state?: Schema<'CourseStatus'> }) => ask(client.GET('/api/v1/courses', { params: { query } })),
  course: (id: string) => ask(client.GET('/api/v1/courses/{id}', by(id))),
  plan: (body: Schema<'PlanCourse'>) => ask(client.POST('/api/v1/courses', { body })),
  amendCourse: (id: string, body: Schema<'AmendCourseBody'>) => ask(client.PATCH('/api/v1/courses/{id}', { ...by(id), body })),
  cancelCourse: (id: string) => ask(client.POST('/api/v1/courses/{id}/cancel', { ...by(id), body: {} })),
  enrol: (id: string, seeker_id: string) => ask(client.POST('/api/v1/courses/{id}/trainees', { ...by(id), body: { seeker_id } })),
  mark: (id: string, body: Schema<'MarkAttendanceBody'>) => ask(client.POST('/api/v1/courses/{id}/attendance', { ...by(id), body })),
  year: (year: number, station: string) => ask(client.GET('/api/v1/training-years/{year}', { params: { path: { year }, query: { station } } })),
  wish: (id: string, trade: string) => ask(client.POST('/api/v1/seekers/{id}/skill-trainings', { ...by(id), body: { trade } })),
  trainingsOf: (id: string) => ask(client.GET('/api/v1/seekers/{id}/skill-trainings', by(id))),
  trainings: (query: ListQuery & { state?: Schema<'SkillTrainingStatus'> }) => ask(client.GET('/api/v1/skill-trainings', { params: { query } })),
  goOn: (id: string, body: Schema<'TakeTrainingStepBody'>) => ask(client.POST('/api/v1/skill-trainings/{id}/steps', { ...by(id), body })),

  consult: (id: string, body: Schema<'RecordConsultationBody'>) => ask(client.POST('/api/v1/seekers/{id}/start-up-consultations', { ...by(id), body })),
  openStartUp: (id: string, business: string) => ask(client.POST('/api/v1/seekers/{id}/start-ups', { ...by(id), body: { business } })),
  startUpOf: (id: string) => ask(client.GET('/api/v1/seekers/{id}/start-up', by(id))),
  consultations: (query: ListQuery) => ask(client.GET('/api/v1/start-up-consultations', { params: { query } })),
  startUps: (query: ListQuery & { state?: Schema<'StartUpStatus'> }) => ask(client.GET('/api/v1/start-ups', { params: { query } })),
  stepStartUp: (id: string, body: Schema<'TakeStartUpStepBody'>) => ask(client.POST('/api/v1/start-ups/{id}/steps', { ...by(id), body })),

  street: (code: string) => ask(client.GET('/api/v1/stations/{code}/street-counts', { params: { path: { code } } })),
  countStreet: (code: string, body: Schema<'CountStreetBody'>) => ask(client.POST('/api/v1/stations/{code}/street-counts', { params: { path: { code } }, body })),
}

/** Each row with the masked name of whom it is about. */
export function named<Row extends { seeker_id: string }>(rows: readonly Row[], people: readonly Person[]): (Row & { person: string })[] {
  const names = new Map(people.map((one) => [one.id, one.masked_name]))
  return rows.map((row) => ({ ...row, person: names.get(row.seeker_id) || texts.support.erased }))
}

/** Where a difficulty stands on a day. */
export function standingOf(one: Pick<Difficulty, 'withdrawn_at' | 'begins_on' | 'ends_on'>, day = dayIn(new Date())): 'in_force' | 'ended' | 'withdrawn' {
  if (one.withdrawn_at) return 'withdrawn'
  return one.ends_on < day ? 'ended' : 'in_force'
}

/** The last day that a group allows for a tag that begins on a day. */
export function latestEnd(group: Pick<DifficultyGroup, 'longest_days'>, day = dayIn(new Date())): string {
  return dayIn(new Date(Date.parse(`${day}T00:00:00+08:00`) + (group.longest_days - 1) * 86_400_000))
}

const FROM: Readonly<Record<TrainingStep, readonly SkillTraining['state'][]>> = {
  complete: ['attended'],
  apply_for_subsidy: ['completed', 'subsidy_refused'],
  grant_subsidy: ['subsidy_applied'],
  refuse_subsidy: ['subsidy_applied'],
  fail: ['attended'],
  drop: ['wished', 'enrolled', 'attended'],
}

/** The steps that somebody can take in his training. */
export function trainingSteps(state: SkillTraining['state']): TrainingStep[] {
  return (Object.keys(FROM) as TrainingStep[]).filter((step) => FROM[step].includes(state))
}

/** The steps that a case can take. */
export function startUpSteps(one: StartUp): StartUpStep[] {
  const [loan, subsidy] = [one.loan?.state ?? 'none', one.subsidy?.state ?? 'none']
  const open = one.state !== 'closed'
  const asks = (state: string): boolean => open && (state === 'none' || state === 'refused')
  return [
    ...(one.state === 'preparing' ? (['license'] as const) : []),
    ...(asks(loan) ? (['apply_for_loan'] as const) : []),
    ...(loan === 'applied' ? (['grant_loan', 'refuse_loan'] as const) : []),
    ...(asks(subsidy) && one.licensed_on ? (['apply_for_subsidy'] as const) : []),
    ...(subsidy === 'applied' ? (['grant_subsidy', 'refuse_subsidy'] as const) : []),
    ...(open ? (['close'] as const) : []),
  ]
}

/** Whether a step names an amount. */
export const needsAmount = (step: string): boolean => /^(apply_for|grant)_/.test(step)

/** A loan or subsidy in words, with its amount. */
export function moneyText(money: Schema<'Money'> | undefined): string {
  const state = money?.state ?? 'none'
  const amount = money?.fen ? ` ${yuanOf(money.fen)} ${texts.common.yuan}` : ''
  return texts.support.startUp.money[state] + amount
}

/** All days from the first to the last, both included. */
export function daysFrom(first: string, last: string): string[] {
  const days: string[] = []
  for (let at = Date.parse(`${first}T00:00:00Z`); at <= Date.parse(`${last}T00:00:00Z`); at += 86_400_000) {
    days.push(new Date(at).toISOString().slice(0, 10))
  }
  return days
}

/** Where a proof is seen. */
export function proofAddress(difficulty: string, file: string): string {
  return `/api/v1/difficulties/${difficulty}/evidence/${file}`
}
