/** Do something for each item, a few at a time; the answers are in the items' order. */
export async function concurrently<Item, Answer>(
  items: readonly Item[],
  atOnce: number,
  act: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers = new Array<Answer>(items.length)
  let next = 0
  async function work(): Promise<void> {
    while (next < items.length) {
      const mine = next++
      answers[mine] = await act(items[mine] as Item)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work))
  return answers
}
