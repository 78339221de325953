/** A short word that something was done, or why not; read out by screen readers too. */

import { ElMessage } from 'element-plus'
import 'element-plus/es/components/message/style/css'
import { messageOf } from '../api/problems'

/** At the top it would lie on the buttons of the page's head. */
const WHERE = { placement: 'bottom', offset: 24, grouping: true } as const

export function sayDone(message: string): void {
  ElMessage({ ...WHERE, message, type: 'success', duration: 2500 })
}

export function sayFault(error: unknown): void {
  sayRefusal(messageOf(error))
}

/** The same for a sentence that is made already. */
export function sayRefusal(message: string): void {
  ElMessage({ ...WHERE, message, type: 'error', duration: 6000, showClose: true })
}

/** Do something and say how it went; the answer, or null when it was refused. */
export async function tell<Answer>(act: () => Promise<Answer>, done?: string): Promise<Answer | null> {
  try {
    const answer = await act()
    if (done) sayDone(done)
    return answer
  } catch (error) {
    sayFault(error)
    return null
  }
}
