/** What a page reads, and reads again: only the newest asking's answer counts, however late an older one comes. */

import { ref, type Ref } from 'vue'

/** `load` asks and takes the answer; `fault` is why the newest asking had none. */
export function createReading<Answer>(ask: () => Promise<Answer>, take: (answer: Answer) => void): { load: () => Promise<void>; fault: Ref<unknown> } {
  const fault = ref<unknown>(null)
  let turn = 0

  async function load(): Promise<void> {
    const mine = ++turn
    try {
      const answer = await ask()
      if (mine !== turn) return
      take(answer)
      fault.value = null
    } catch (error) {
      if (mine === turn) fault.value = error
    }
  }
  return { load, fault }
}
