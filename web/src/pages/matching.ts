/** Recommendations and weights: what is asked, and how a reason reads. */

import { ask, client, type Schema } from '../api/client'
import { yuanOf } from '../kit/money'
import { texts } from '../texts.zh-CN'

export type Weights = Schema<'Weights'>
export type WeightsVersion = Schema<'WeightsVersion'>
export type Recommendations = Schema<'RecommendedWorkers'>
export type RecommendedWorker = Schema<'RecommendedWorker'>
export type Reason = Schema<'Weighed'>
export type Preview = Schema<'WeightsPreview'>

const t = texts.matching

/** What counts when workers are compared, and what when postings are, in the order in which it is shown. */
export const WEIGHED = ['trade', 'distance', 'hours', 'wage', 'waiting', 'punctuality', 'priority', 'pay'] as const
export type WeighedName = (typeof WEIGHED)[number]

export const matching = {
  forPosting: (id: string): Promise<Recommendations> => ask(client.GET('/api/v1/postings/{id}/recommendations', { params: { path: { id } } })),
  weights: () => ask(client.GET('/api/v1/matching/weights')),
  setWeights: (body: Schema<'SetWeights'>) => ask(client.POST('/api/v1/matching/weights', { body })),
  preview: (code: string, weights: Weights): Promise<Preview> =>
    ask(client.POST('/api/v1/stations/{code}/preview-weights', { params: { path: { code } }, body: { weights } })),
}

/** A reason in words, as in 已等 43 分钟. */
export function reasonText(reason: Reason): string {
  const { figure, of } = reason
  const said = t.figures
  switch (reason.reason) {
    case 'trade': return t.levels[figure ?? 0] ?? said.unknown
    case 'distance': return figure == null ? said.unknown : said.metres(figure)
    case 'hours': return said.days(figure ?? 0, of ?? 1)
    case 'wage': return figure == null ? said.unknown : said.wage(yuanOf(figure))
    case 'waiting': return figure == null ? said.idle(of ?? 0) : said.minutes(figure)
    case 'punctuality': return said.kept(figure ?? 0, of ?? 0)
    case 'priority': return said.priority(figure ?? 0)
    case 'pay': return figure == null ? said.unknown : said.pay(figure)
    default: return ''
  }
}

/** The share of each reason among those that workers are compared by, in whole per cent; pay stands apart. */
export function percentOf(weights: Weights, name: WeighedName): number {
  const all = WEIGHED.filter((one) => one !== 'pay').reduce((sum, one) => sum + weights[one], 0)
  return all === 0 ? 0 : Math.round((100 * weights[name]) / all)
}
