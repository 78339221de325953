/** Printing: what the page gives to PrintSheet goes to paper, and nothing else of it. */

import { nextTick, ref, watch } from 'vue'

export type Paper = '80mm' | 'a4' | 'none'

const KEPT_AS = 'yizhan-paper'
const PAPERS: readonly Paper[] = ['80mm', 'a4', 'none']

function kept(): Paper {
  const read = localStorage.getItem(KEPT_AS) as Paper | null
  return read && PAPERS.includes(read) ? read : '80mm'
}

/** The paper of this desk's printer; the browser keeps it. none: nothing is printed by itself. */
export const paper = ref<Paper>(kept())
watch(paper, (now) => localStorage.setItem(KEPT_AS, now))

/** Print the sheets that are there after the next drawing. */
export async function printSheets(): Promise<void> {
  await nextTick()
  await document.fonts?.ready
  window.print()
}
