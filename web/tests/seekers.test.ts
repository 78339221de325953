import { describe, expect, it, vi } from 'vitest'
import { newId } from '../src/kit/identifier'
import { plainSlip, spacedSlip } from '../src/kit/slip'
import { daysText, findSeekers, meaningOf, seekers, tradesText, type Seeker } from '../src/pages/seekers'
import { clockOf, wishesForm, wishesOf } from '../src/pages/wishes'

function somebody(masked_name: string, trade: string, more: object = {}): Seeker {
  return {
    id: masked_name + trade, masked_name, masked_phone: null, masked_relative_phone: null, masked_id_number: '****0027', status: 'active', consents: [], registered_at: '2026-03-02T00:00:00Z',
    wishes: { trades: [{ trade, level: 'able' }] }, ...more,
  } as unknown as Seeker
}

describe('a slip', () => {
  it('is read however it is typed, said or scanned', () => {
    expect(plainSlip(' 7k3-mq9 ')).toBe('7K3MQ9')
    expect(plainSlip('７Ｋ３ＭＱ９')).toBe('7K3MQ9')
    expect(plainSlip('oil333')).toBe('011333')
    expect(spacedSlip('7K3MQ9')).toBe('7K3 MQ9')
  })
  it.each(['7K3MQ', '7K3MQ99', '7K3MQU', '王小明', ''])('is not %s', (typed) => expect(plainSlip(typed)).toBe(''))
})

describe('an identifier', () => {
  it('sorts by the time it was made', () => {
    const [earlier, later] = [newId(1_772_000_000_000), newId(1_772_000_000_001)]
    expect(earlier).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(earlier < later).toBe(true)
    expect(newId(1)).not.toBe(newId(1))
  })
})

describe('what is typed into the search box', () => {
  it.each([
    ['', 'all'], ['139 8541 2345', 'phone'], ['王小明', 'name'], ['王**', 'name'], ['搬运工', 'trade'], ['7k3 mq9', 'slip'], ['wxm', 'masked'], ['2345', 'masked'],
  ])('%s is taken for %s', (typed, kind) => expect(meaningOf(typed).kind).toBe(kind))

  it('is looked for in what is masked where only that can answer, page after page', async () => {
    const list = vi.spyOn(seekers, 'list')
    list.mockResolvedValueOnce({ seekers: [somebody('王**', '搬运工'), somebody('李**', '保洁')], next: 'x' } as never)
    list.mockResolvedValueOnce({ seekers: [somebody('汪**', '木工', { masked_phone: '****2345' })], next: null } as never)
    const found = await findSeekers({ after: null, text: 'wang', limit: 50 }, { station: '522730' })
    expect(found.rows.map((one) => one.masked_name)).toEqual(['王**', '汪**'])
    expect(list.mock.calls[1]?.[0]).toMatchObject({ after: 'x' })
    list.mockResolvedValueOnce({ seekers: [somebody('王**', '搬运工'), somebody('汪**', '木工', { masked_phone: '****2345' })], next: null } as never)
    expect((await findSeekers({ after: null, text: '2345', limit: 50 }, { station: '522730' })).rows).toHaveLength(1)
  })

  it('goes with the filters, also where the server looks by one thing alone', async () => {
    const [closed, old] = [somebody('王**', '保洁', { status: 'closed' }), somebody('王**', '木工', { registered_at: '2026-03-01T00:00:00Z' })]
    vi.spyOn(seekers, 'search').mockResolvedValue({ seekers: [closed, old, somebody('王**', '小工')], next: null } as never)
    const found = await findSeekers({ after: null, text: '王', limit: 50 }, { station: '522730', status: 'active', registered_from: '2026-03-02' })
    expect(found.rows.map((one) => one.wishes?.trades[0]?.trade)).toEqual(['小工'])
  })

  it('is a name in letters where nobody has it for a slip', async () => {
    vi.spyOn(seekers, 'search').mockResolvedValue({ seekers: [], next: null } as never)
    vi.spyOn(seekers, 'list').mockResolvedValue({ seekers: [somebody('张**', '保洁')], next: null } as never)
    expect((await findSeekers({ after: null, text: 'baojie', limit: 50 }, { station: '522730' })).rows).toHaveLength(1)
  })
})

describe('what somebody looks for', () => {
  it('comes out of the form as it went in', () => {
    const wishes = {
      trades: [{ trade: '搬运工', level: 'skilled' as const }], training: ['焊工'], start_up: true, days: [1, 2, 3], hours: { begins: '06:00', ends: '18:00' },
      distance_km: 0, least_wage: { fen: 18000, unit: 'day' as const }, crew: { people: 4, leads: true },
    }
    expect(wishesOf(wishesForm(wishes))).toEqual(wishes)
  })
  it('is anything where nothing is said', () => {
    expect(wishesOf(wishesForm())).toMatchObject({ hours: null, distance_km: null, least_wage: null, crew: null, days: [1, 2, 3, 4, 5, 6, 7] })
  })
  it.each([['6', '06:00'], ['630', '06:30'], ['６：30', '06:30'], ['18:05', '18:05'], ['25', '25'], ['', '']])('an hour typed as %s is %s', (typed, clock) => {
    expect(clockOf(typed)).toBe(clock)
  })
  it('is told in a few words', () => {
    expect(daysText([5, 4, 3, 2, 1])).toBe('周一至周五')
    expect(daysText([2, 4])).toBe('周二、周四')
    expect(tradesText(somebody('王**', '搬运工').wishes)).toBe('搬运工')
  })
})
