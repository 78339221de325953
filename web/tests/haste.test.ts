// @vitest-environment jsdom
/** Keys that are pressed before the server has answered: none is lost, and none does what it was not meant for. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ref, shallowRef } from 'vue'
import DataTable from '../src/kit/DataTable.vue'
import EmployerField from '../src/kit/EmployerField.vue'
import { paper } from '../src/kit/print'
import StationField from '../src/kit/StationField.vue'
import type { PageRequest } from '../src/kit/table'
import { createReading } from '../src/kit/reading'
import CheckInDesk from '../src/pages/CheckInDesk.vue'
import { useDesk } from '../src/pages/desk'
import DispatchPage from '../src/pages/DispatchPage.vue'
import { readMorning, type Morning } from '../src/pages/dispatches'
import DispatchRate from '../src/pages/DispatchRate.vue'
import FairInvite from '../src/pages/FairInvite.vue'
import MorningPage from '../src/pages/MorningPage.vue'
import PostingDictate from '../src/pages/PostingDictate.vue'
import PostingVerifyQueue from '../src/pages/PostingVerifyQueue.vue'
import { useStations, type Station } from '../src/stores/stations'
import { drawn, leaveAll, press, show, SlowServer, type, until } from './page'

vi.mock('../src/pages/desk', async (actual) => ({ ...(await actual<object>()), useDesk: vi.fn() }))
vi.mock('../src/pages/dispatches', async (actual) => ({ ...(await actual<object>()), readMorning: vi.fn() }))
const dictionary = vi.hoisted(() => ({ arrives: null as (() => void) | null }))
vi.mock('pinyin-pro', async (actual) => {
  await new Promise<void>((resolve) => (dictionary.arrives = resolve))
  return actual<object>()
})

vi.setConfig({ testTimeout: 30_000 })

let server: SlowServer
beforeEach(() => {
  server = new SlowServer()
  // What jsdom has not.
  Element.prototype.scrollIntoView = vi.fn()
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true
  }
  HTMLDialogElement.prototype.close = function () {
    this.open = false
  }
})
afterEach(() => {
  leaveAll()
  vi.unstubAllGlobals()
})
const find = <Found extends HTMLElement>(selector: string): Found => {
  const found = document.querySelector<Found>(selector)
  if (!found) throw new Error(`there is no ${selector}`)
  return found
}
const employer = (id: string): object => ({ id, name: `${id}家`, kind: 'individual', credit_code: null })

describe('Enter in a field of choices', () => {
  it('waits for those of the text that is typed', async () => {
    const told = vi.fn()
    show(EmployerField, { label: '用工方', station: '522730', modelValue: '', 'onUpdate:modelValue': told })
    await server.answer('GET /employers', { employers: [employer('老')] })
    const field = find<HTMLInputElement>('input')
    field.focus()
    press('Enter')
    await server.answer('GET /employers', { employers: [employer('老')] })
    type(field, '新')
    press('Enter')
    await server.answer('GET /employers?station=522730&limit=20&text=%E6%96%B0', { employers: [employer('新')] })
    await drawn()
    expect(told.mock.calls).toEqual([['新']])
  })

  it('is forgotten where one types on', async () => {
    const told = vi.fn()
    show(EmployerField, { label: '用工方', station: '522730', modelValue: '', 'onUpdate:modelValue': told })
    await server.answer('GET /employers', { employers: [employer('老')] })
    const field = find<HTMLInputElement>('input')
    type(field, '新')
    press('Enter')
    await until(() => expect(server.asked).toHaveLength(2))
    type(field, '新城')
    await server.answer('GET /employers', { employers: [employer('新')] })
    await server.answer('GET /employers', { employers: [employer('新城')] })
    expect(told).not.toHaveBeenCalled()
  })

  it('waits for the dictionary of pinyin', async () => {
    const told = vi.fn()
    show(StationField, { label: '站点', modelValue: '', 'onUpdate:modelValue': told })
    useStations().all = ['冠山街道', '兴龙社区'].map((short_name, place) => ({ code: `52273${place}`, path: ['522730'], kind: 'town_station', facts: { short_name, name_plate: short_name } })) as unknown as Station[]
    await drawn()
    type(find<HTMLInputElement>('input'), 'xl')
    await drawn()
    press('Enter')
    await drawn()
    expect(told).not.toHaveBeenCalled()
    await until(() => expect(dictionary.arrives).not.toBeNull())
    dictionary.arrives?.()
    await until(() => expect(told.mock.calls).toEqual([['522731']]))
  })
})

describe('a list', () => {
  const row = (id: string): object => ({ id })
  function list(pages: Record<string, readonly object[]>): { ask: (text: string) => void; opened: ReturnType<typeof vi.fn> } {
    const waiting = new Map<string, () => void>()
    const opened = vi.fn()
    const load = ({ text, after }: PageRequest): Promise<object> => {
      const name = after ?? text
      return new Promise((resolve) => waiting.set(name, () => resolve({ rows: pages[name], next: name === '' ? 'next' : null })))
    }
    show(DataTable, { label: '工', columns: [{ key: 'id', title: '号', value: (one: { id: string }) => one.id }], load, rowKey: (one: { id: string }) => one.id, search: 'server', onOpen: opened })
    return { ask: (name) => waiting.get(name)?.(), opened }
  }
  const rows = (): string[] => [...document.querySelectorAll('tr[data-row]')].map((one) => one.textContent ?? '')

  it('goes on to what was found by what is typed', async () => {
    const { ask, opened } = list({ '': [row('旧')], 新: [row('新')] })
    ask('')
    await drawn()
    type(find<HTMLInputElement>('input[type=search]'), '新')
    await drawn()
    press('Enter')
    await drawn()
    expect(document.activeElement?.tagName).toBe('INPUT')
    press('Enter')
    ask('新')
    await drawn()
    expect([rows(), (document.activeElement as HTMLElement).dataset['row']]).toEqual([['新'], '新'])
    press('Enter')
    expect(opened.mock.calls).toEqual([[row('新')]])
  })

  it('calls nobody away from the search box when a page has come', async () => {
    const { ask } = list({ '': [row('一')], next: [row('二')] })
    ask('')
    await drawn()
    press('ArrowRight')
    find<HTMLInputElement>('input[type=search]').focus()
    ask('next')
    await drawn()
    expect([rows(), document.activeElement?.tagName]).toEqual([['二'], 'INPUT'])
  })
})

describe('the check-in desk', () => {
  const taken = (slip: string, number: string): object => ({ number, at: '2026-03-02T22:00:00Z', slip, first: true, late: false, offline: false })

  function desk(): { checkIn: ReturnType<typeof vi.fn>; answers: { resolve: (taken: object) => void; reject: (error: Error) => void }[]; box: HTMLInputElement } {
    const answers: { resolve: (taken: object) => void; reject: (error: Error) => void }[] = []
    const checkIn = vi.fn(() => new Promise<object>((resolve, reject) => answers.push({ resolve, reject })))
    const state = { online: true, signedOut: false, skewMs: 0, letter: 'B', given: 0, waiting: 0, merging: false, fault: null }
    vi.mocked(useDesk).mockReturnValue({
      station: ref('522730'), stationName: ref('县'), roll: shallowRef(null), local: shallowRef([]), state, checkIn, merge: vi.fn(), look: vi.fn(), standAt: vi.fn(), today: () => '2026-03-03',
    } as unknown as ReturnType<typeof useDesk>)
    paper.value = 'none'
    show(CheckInDesk, {})
    return { checkIn, answers, box: find<HTMLInputElement>('#check-in-who') }
  }
  async function scan(box: HTMLInputElement, slip: string): Promise<void> {
    type(box, box.value + slip)
    press('Enter')
    await drawn()
  }

  it('takes what is scanned while it hands in what was scanned before', async () => {
    const { checkIn, answers, box } = desk()
    await scan(box, '7K3MQ9')
    await scan(box, '8K3MQ9')
    expect([box.value, checkIn.mock.calls.length]).toEqual(['', 1])
    answers[0]?.resolve(taken('7K3MQ9', 'A001'))
    await until(() => expect(checkIn.mock.calls.map(([who]) => (who as { slip: string }).slip)).toEqual(['7K3MQ9', '8K3MQ9']))
    answers[1]?.resolve(taken('8K3MQ9', 'A002'))
    await drawn()
    expect(find('[data-number]').textContent).toBe('A002')
  })

  it('gives back what was refused, unless the next is there already', async () => {
    const { answers, box } = desk()
    await scan(box, '7K3MQ9')
    answers[0]?.reject(new Error('refused'))
    await drawn()
    expect([box.value, box.selectionStart, box.selectionEnd]).toEqual(['7K3MQ9', 0, 6])
    box.value = ''
    await scan(box, '8K3MQ9')
    type(box, '9K3')
    answers[1]?.reject(new Error('refused'))
    await drawn()
    expect(box.value).toBe('9K3')
    expect(document.querySelector('.el-message')?.textContent).toContain('8K3MQ9')
  })
})

describe("the morning's list", () => {
  const posting = (id: string): object => ({ id, employer_name: '家', station: '522730', stage: 'published', terms: { trade: id, wage: { fen: 100, unit: 'day' }, headcount: 1, place: '口', starts_at: '2026-03-02T22:00:00Z' } })
  const listed = (...ids: string[]): object => ({ postings: ids.map(posting), total: ids.length })
  const at = (): string | undefined => (document.activeElement as HTMLElement).dataset['row']

  it('takes the next row while it is read again, and no row twice', async () => {
    show(MorningPage, {})
    await server.answer('GET /postings/to-reconfirm', listed('甲', '乙', '丙'))
    await until(() => expect(at()).toBe('甲'))
    press('f')
    press('f')
    expect(await server.answer('POST /postings/reconfirm', { answers: [{ id: '甲', code: null }] })).toMatchObject({ ids: ['甲'] })
    press('f')
    press('ArrowDown')
    await drawn()
    press('f')
    expect(await server.answer('POST /postings/reconfirm', { answers: [{ id: '乙', code: null }] })).toMatchObject({ ids: ['乙'] })
    await server.answer('GET /postings/to-reconfirm', listed('乙', '丙'))
    await server.answer('GET /postings/to-reconfirm', listed('丙'))
    expect([at(), server.count('POST')]).toEqual(['丙', 2])
  })

  it('calls nobody away from the search box', async () => {
    show(MorningPage, {})
    find<HTMLInputElement>('input[type=search]').focus()
    await server.answer('GET /postings/to-reconfirm', listed('甲', '乙'))
    expect(document.activeElement?.tagName).toBe('INPUT')
    find<HTMLElement>('tr[data-row]').focus()
    press('f')
    find<HTMLInputElement>('input[type=search]').focus()
    await server.answer('POST /postings/reconfirm', { answers: [{ id: '甲', code: null }] })
    await server.answer('GET /postings/to-reconfirm', listed('乙'))
    expect(document.activeElement?.tagName).toBe('INPUT')
  })
})

describe('a line that is dictated', () => {
  const spoken = (trade: string): object => ({ trade, confidence: { trade: 1 }, missing: [] })

  it('is heard to its end before it is put up', async () => {
    show(PostingDictate, {})
    const line = find<HTMLTextAreaElement>('textarea')
    type(line, '要小工')
    await server.answer('POST /stations/522730/read-speech', spoken('小工'))
    type(line, '要木工')
    press('Enter', { ctrlKey: true })
    press('Enter', { ctrlKey: true })
    await drawn()
    expect(server.count('POST /postings')).toBe(0)
    expect(await server.answer('POST /stations/522730/read-speech', spoken('木工'))).toEqual({ text: '要木工' })
    expect(await server.answer('POST /postings', { id: '1', sequence: 1, terms: { trade: '木工', place: '' } })).toMatchObject({ terms: { trade: '木工' }, lead: { told: '要木工' } })
    expect(server.count('POST /postings')).toBe(2)
  })

  it('that cannot be heard is told, and the form counts the second time', async () => {
    show(PostingDictate, {})
    type(find<HTMLTextAreaElement>('textarea'), '要木工')
    press('Enter', { ctrlKey: true })
    await server.answer('POST /stations/522730/read-speech', {}, 500)
    await until(() => expect(document.querySelector('.form-actions .is-loading')).toBeNull())
    expect(server.count('POST /postings')).toBe(0)
    press('Enter', { ctrlKey: true })
    await until(() => expect(server.count('POST /postings')).toBe(1))
  })
})

describe('who is invited to a fair', () => {
  it('is everybody who was chosen, though a name is still asked for', async () => {
    const fair = { id: 'f', station: '522730', employers: [] }
    show(FairInvite, { fair, modelValue: true, 'onUpdate:modelValue': vi.fn() })
    await server.answer('GET /employers', { employers: [employer('甲'), employer('乙')] })
    for (const option of document.querySelectorAll<HTMLElement>('.el-select-dropdown__item')) {
      option.click()
      await drawn()
    }
    await server.answer('GET /employers/%E7%94%B2', employer('甲'))
    find('form').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true }))
    expect(await server.answer('POST /fairs/f/', fair)).toEqual({ employer_ids: ['甲', '乙'] })
  })
})

describe('the dispatch board', () => {
  const job = (id: string): object => ({ posting: { id, status: 'published', station: '522730', taken: 0, terms: { trade: id, headcount: 1, place: '', starts_at: '2026-03-02T22:00:00Z', wage: { fen: 1, unit: 'day' } } }, people: [], elsewhere: false })
  const board = (...ids: string[]): Morning => ({ jobs: ids.map(job), queue: [], drawn: false }) as unknown as Morning
  const picked = (): string | null => document.querySelector('[data-job][aria-selected=true]')?.getAttribute('data-job') ?? null

  it('chooses no other job for one that has gone', async () => {
    const source = Object.assign(new EventTarget(), { close: vi.fn() })
    vi.stubGlobal('EventSource', function () { return source })
    vi.mocked(readMorning).mockResolvedValue(board('甲', '乙'))
    show(DispatchPage, {})
    await drawn()
    expect(picked()).toBe('甲')
    vi.mocked(readMorning).mockResolvedValue(board('乙'))
    source.dispatchEvent(new Event('reload'))
    await until(() => expect(document.querySelectorAll('[data-job]')).toHaveLength(1))
    expect(picked()).toBeNull()
  })
})

describe('what is confirmed', () => {
  it('is sent once, though Enter is pressed twice', async () => {
    show(DispatchRate, { modelValue: { id: 'd', ratings: [] }, 'onUpdate:modelValue': vi.fn() })
    await drawn()
    const form = find<HTMLFormElement>('form')
    for (let times = 0; times < 2; times++) form.dispatchEvent(new Event('submit', { cancelable: true }))
    await drawn()
    expect(server.asked).toEqual(['POST /dispatches/d/rate'])
  })

  it('leaves a posting alone that the clerk has gone on to', async () => {
    const posting = (id: string): object => ({ id, status: 'submitted', station: '522730', employer_id: id, employer_name: '家', created_at: `2026-03-02T0${id}:00:00Z`, source: 'phone', terms: { trade: id, headcount: 1, place: '', starts_at: '2026-03-02T22:00:00Z', wage: { fen: 1, unit: 'day' }, settlement: 'daily' } })
    show(PostingVerifyQueue, {})
    await server.answer('GET /postings?', { postings: ['1', '2', '3', '4'].map(posting), next: null })
    await server.answer('GET /postings/1/dossier', { findings: [], like: [], evidence: [] })
    await server.answer('GET /employers/1', employer('1'))
    press('1')
    press('j')
    await drawn()
    press('j')
    await server.answer('POST /postings/1/verify', posting('1'))
    expect(find('[aria-current]').dataset['posting']).toBe('3')
  })
})

describe('a reading', () => {
  it('takes the newest asking’s answer, though an older one comes later', async () => {
    const waiting: ((answer: string | Error) => void)[] = []
    const taken: string[] = []
    const { load, fault } = createReading(
      () => new Promise<string>((resolve, reject) => waiting.push((answer) => (typeof answer === 'string' ? resolve(answer) : reject(answer)))),
      (answer) => taken.push(answer),
    )
    const all = [load(), load(), load()]
    waiting[2]?.('c')
    waiting[0]?.('a')
    waiting[1]?.(new Error('late'))
    await Promise.all(all)
    expect([taken, fault.value]).toEqual([['c'], null])
  })
})
