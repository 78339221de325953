/** What two texts differ in, line by line. */

export interface DiffLine {
  kind: 'same' | 'gone' | 'new'
  text: string
}

/** Lines that stay beside a change, so that one sees where it is. */
const AROUND = 2

/** Every line of both, in order; what went before what came. */
export function diffLines(before: string, after: string): DiffLine[] {
  const [old, now] = [before.split('\n'), after.split('\n')]
  let head = 0
  while (head < old.length && head < now.length && old[head] === now[head]) head++
  let tail = 0
  while (tail < old.length - head && tail < now.length - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail++
  const same = (lines: readonly string[]): DiffLine[] => lines.map((text) => ({ kind: 'same', text }))
  const middle = between(old.slice(head, old.length - tail), now.slice(head, now.length - tail))
  return [...same(old.slice(0, head)), ...middle, ...same(old.slice(old.length - tail))]
}

/** By the longest common subsequence; tables of rules have some thousand lines, of which few differ. */
function between(old: readonly string[], now: readonly string[]): DiffLine[] {
  const width = now.length + 1
  const longest = new Uint16Array((old.length + 1) * width)
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      longest[i * width + j] =
        old[i] === now[j] ? longest[(i + 1) * width + j + 1]! + 1 : Math.max(longest[(i + 1) * width + j]!, longest[i * width + j + 1]!)
    }
  }
  const lines: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      lines.push({ kind: 'same', text: old[i++]! })
      j++
    } else if (i < old.length && (j >= now.length || longest[(i + 1) * width + j]! >= longest[i * width + j + 1]!)) {
      lines.push({ kind: 'gone', text: old[i++]! })
    } else {
      lines.push({ kind: 'new', text: now[j++]! })
    }
  }
  return lines
}

/** The changes with a few lines around each; a number stands for so many lines between that are the same. */
export function changesOf(lines: readonly DiffLine[]): (DiffLine | number)[] {
  const near = new Set<number>()
  lines.forEach((line, place) => {
    if (line.kind !== 'same') for (let at = place - AROUND; at <= place + AROUND; at++) near.add(at)
  })
  const shown: (DiffLine | number)[] = []
  lines.forEach((line, place) => {
    const last = shown[shown.length - 1]
    if (near.has(place)) shown.push(line)
    else if (typeof last === 'number') shown[shown.length - 1] = last + 1
    else shown.push(1)
  })
  return shown
}
