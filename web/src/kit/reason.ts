/** Asking for a reason: `const reason = await askReason({...})`; null when the person thinks better of it. */

import { reactive } from 'vue'

export interface ReasonQuestion {
  title: string
  /** What will happen, in a sentence. */
  detail?: string
  /** The button's word, as 撤回. */
  verb: string
  danger?: boolean
  /** Reasons that are given often; a click or key takes one. */
  usual?: readonly string[]
  /** false: only asks whether to go on. */
  needsReason?: boolean
}

interface Asking {
  question: ReasonQuestion | null
  settle: ((reason: string | null) => void) | null
}

/** What ReasonDialog shows; there is one in the shell. */
export const asking = reactive<Asking>({ question: null, settle: null })

export function askReason(question: ReasonQuestion): Promise<string | null> {
  asking.settle?.(null)
  return new Promise((resolve) => {
    asking.question = question
    asking.settle = (reason) => {
      asking.question = null
      asking.settle = null
      resolve(reason)
    }
  })
}

/** Whether to go on; no reason is asked for. */
export async function askWhether(question: ReasonQuestion): Promise<boolean> {
  return (await askReason({ ...question, needsReason: false })) !== null
}
