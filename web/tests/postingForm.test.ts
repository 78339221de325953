import { describe, expect, it } from 'vitest'
import { formOf, formOfSpeech, heardAnew, termsOf, UNSAID, type Spoken } from '../src/pages/postingForm'

const SAID = {
  date: '2026-03-03', time: '06:00:00', headcount: 3, headcount_max: 4, trade: '小工', wage_fen: 18000, wage_unit: 'day', meals: true, confidence: {}, missing: [],
} as unknown as Spoken

describe('a form that is filled by speech', () => {
  it('has what was said, in the county’s time, and nothing else', () => {
    const form = formOfSpeech(SAID)
    expect(form).toMatchObject({ trade: '小工', headcount: '4', fen: 18000, unit: 'day', meals: true, startsAt: '2026-03-02T22:00:00.000Z' })
    expect([form.settlement, form.place, form.endsAt, form.lodging]).toEqual(['', '', null, false])
  })

  it('takes no lump sum for a wage', () => {
    const form = formOfSpeech({ ...SAID, wage_unit: 'total' })
    expect([form.fen, form.unit]).toEqual([null, ''])
  })

  it('keeps what a person has mended when more is heard', () => {
    const first = formOfSpeech(SAID)
    const mended = { ...first, trade: '泥瓦工' }
    const now = heardAnew(mended, first, formOfSpeech({ ...SAID, place: '老农贸市场', trade: '小工' }))
    expect([now.trade, now.place]).toEqual(['泥瓦工', '老农贸市场'])
  })

  it('goes into terms and back', () => {
    const form = { ...UNSAID, ...formOfSpeech(SAID), settlement: 'daily' as const, place: '街口', hours: '7.5' }
    expect(formOf(termsOf(form))).toEqual(form)
  })
})
