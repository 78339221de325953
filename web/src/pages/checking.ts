/** What the law says of a form while it is filled in. */

import { onUnmounted, ref, watch } from 'vue'
import { ask, client } from '../api/client'
import { dayIn } from '../kit/moments'
import type { PostingForm } from './postingForm'
import type { Finding } from './trust'

const PAUSE_MS = 400

/** The findings in what the form says, a moment after the fingers rest. A check that fails is done again with the next change. */
export function useFindings(form: PostingForm, station: () => string) {
  const findings = ref<readonly Finding[]>([])
  let pause: ReturnType<typeof setTimeout> | undefined
  let turn = 0

  async function check(): Promise<void> {
    const mine = ++turn
    const body = {
      title: form.trade,
      text: `${form.place}\n${form.description}`,
      wage_fen: form.fen,
      wage_unit: form.unit || null,
      hours_per_day: Number(form.hours) > 0 && Number(form.hours) <= 24 ? Number(form.hours) : null,
      start_date: form.startsAt ? dayIn(new Date(form.startsAt)) : null,
    }
    const checked = await ask(client.POST('/api/v1/stations/{code}/check-text', { params: { path: { code: station() } }, body })).catch(() => null)
    if (checked && mine === turn) findings.value = checked.findings
  }

  const parts = () => [form.trade, form.place, form.description, form.fen, form.unit, form.hours, form.startsAt, station()]
  watch(parts, () => {
    clearTimeout(pause)
    if (station() && (form.trade || form.place || form.description)) pause = setTimeout(() => void check(), PAUSE_MS)
    else findings.value = []
  })
  onUnmounted(() => clearTimeout(pause))
  return findings
}
