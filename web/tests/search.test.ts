import { describe, expect, it } from 'vitest'
import { matcherFor } from '../src/kit/pinyin'

async function matches(text: string, query: string): Promise<boolean> {
  return (await matcherFor(query))(text, query)
}

describe('search', () => {
  it.each([
    ['搬运工', 'byg'], ['搬运工', 'banyun'], ['搬运工', 'yg'], ['搬运工', '运工'], ['兴龙社区', 'xlsq'], ['县零工市场 xinglong', 'LINGGONG'], ['长沙路', 'csl'],
  ])('finds %s by %s', async (text, query) => {
    expect(await matches(text, query)).toBe(true)
  })

  it.each([['搬运工', 'bg'], ['搬运工', 'wgy'], ['搬运工', '木工']])('does not find %s by %s', async (text, query) => {
    expect(await matches(text, query)).toBe(false)
  })
})
