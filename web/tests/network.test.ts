import { describe, expect, it } from 'vitest'
import { chartOf } from '../src/pages/chart'
import { clockOf, kindsBelow, linesOf, missingIn, missingText, nextCode, parentsFor, placeOf, stepName, stepsFrom, type Missing } from '../src/pages/network'
import { draftOf, factsOf, hoursAreWhole } from '../src/pages/stationFacts'
import type { Station } from '../src/stores/stations'

function station(code: string, kind: Station['kind'], path: string[], stage: Station['stage'] = 'open'): Station {
  return {
    code, kind, path, stage, parent: path.at(-2) ?? null, status: stage === 'open' ? 'open' : 'suspended', sequence: 1,
    facts: { name_plate: code, short_name: code, slogans: [] },
  }
}
const county = station('522730', 'county_market', ['522730'])
const town = station('52273001', 'town_station', ['522730', '52273001'])
const community = station('5227300101', 'community_station', ['522730', '52273001', '5227300101'])
const point = station('522730010101', 'contact_point', ['522730', '52273001', '5227300101', '522730010101'])

function missing(code: string, more: Partial<Missing> = {}): Missing {
  return { code, required: null, found: null, facilities: [], rectifications: [], functions: [], ...more }
}

describe('steps', () => {
  it('are those of the stage; a market is never revoked', () => {
    expect(stepsFrom({ ...town, stage: 'planned' })).toEqual(['inspect', 'revoke'])
    expect(stepsFrom({ ...town, stage: 'rectifying' })).toEqual(['inspect', 'open', 'revoke'])
    expect(stepsFrom({ ...town, stage: 'revoked' })).toEqual([])
    expect(stepsFrom(county)).toEqual(['rectify', 'suspend'])
  })
  it('call it resuming to open what was suspended', () => {
    expect(stepName('open', 'suspended')).toBe('恢复开放')
    expect(stepName('open', 'inspected')).toBe('开放')
  })
})

describe('the tree', () => {
  it('has a place for each kind', () => {
    expect(kindsBelow(county)).toEqual(['town_station', 'community_station', 'contact_point'])
    expect(kindsBelow(point)).toEqual([])
  })
  it('moves nothing below itself, below a contact point or below what is revoked', () => {
    const gone = station('52273002', 'town_station', ['522730', '52273002'], 'revoked')
    expect(parentsFor(community, [county, town, community, point, gone]).map((one) => one.code)).toEqual(['522730', '52273001'])
  })
  it('proposes the first code that is free', () => {
    expect(nextCode('52273001', ['5227300101', '5227300102', '5227300104'])).toBe('5227300103')
    expect(nextCode('52273001010101010101', [])).toBe('')
  })
})

describe('what is missing', () => {
  it('is told with its figures and leads to where it is mended', () => {
    expect(missingText(missing('area.too_small', { required: 20, found: 15.5 }))).toBe('场地面积不够：要 20 ㎡ 以上，现在 15.5 ㎡')
    expect(missingText(missing('exit.overdue', { facilities: ['a', 'b'] }))).toBe('安全出口有 2 件检查已过期')
    expect(missingText(missing('functions.absent', { functions: ['waiting', 'matching'] }))).toBe('功能不全，还缺：候工休息、对接洽谈')
    expect(placeOf(missing('exit.absent'), '5227300101')).toEqual({ path: '/network', query: { station: '5227300101', tab: 'facilities', mend: 'exit.absent' } })
    expect(placeOf(missing('active_staff.too_few'), '5227300101').path).toBe('/staff')
    expect(placeOf(missing('hotline.absent'), '5227300101').query['tab']).toBe('facts')
  })
  it('keeps the code of what is not known here yet', () => {
    expect(missingText(missing('parking.absent'))).toBe('parking.absent')
  })
  it('is found in a refusal alone that has it', () => {
    expect(missingIn({ missing: [missing('hotline.absent')] })).toHaveLength(1)
    expect(missingIn({ allowed: [] })).toBeNull()
  })
})

describe('what is typed', () => {
  it.each([['8', '08:00'], ['830', '08:30'], ['1730', '17:30'], ['８：３０', '08:30'], ['24:00', null], ['9:75', null], ['', null]])('%s is %s o’clock', (typed, clock) => {
    expect(clockOf(typed)).toBe(clock)
  })
  it('leaves the slogans alone, and tells hours by both times or none', () => {
    const draft = { ...draftOf(), namePlate: ' 龙里站 ', shortName: '龙里', opens: '8', closes: '1730' }
    expect(factsOf(draft, ['家门口就业'])).toEqual({
      name_plate: '龙里站', short_name: '龙里', hotline: null, complaint_line: null, address: null, opening_hours: { opens: '08:00', closes: '17:30' }, slogans: ['家门口就业'],
    })
    expect(hoursAreWhole({ ...draft, closes: '' })).toBe(false)
    expect(hoursAreWhole({ ...draft, opens: '', closes: '' })).toBe(true)
  })
  it('has a line for each thing', () => {
    expect(linesOf(' 身份证 \n\n照片\n')).toEqual(['身份证', '照片'])
  })
})

it('the chart stands each post below its own, and one without at the top', () => {
  const post = (title: string, reports_to: string | null = null) => ({ title, reports_to, public_name: null, duties: null })
  const lines = chartOf([post('登记岗', '站长'), post('站长'), post('志愿者', '登记岗'), post('顾问', '不在的')])
  expect(lines.map((line) => [line.post.title, line.depth])).toEqual([['站长', 0], ['登记岗', 1], ['志愿者', 2], ['顾问', 0]])
})
