import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../../..')

test.each([
  ['docs/performance.md', 10],
  ['docs/guide/scaling.md', 2],
])('%s shows the newest results in bench/results', async (name, blocks) => {
  const { fillPage } = (await import(resolve(ROOT, 'bench/report/page.mjs'))) as {
    fillPage(page: string): Promise<string>
  }
  const page = await readFile(resolve(ROOT, name), 'utf8')
  expect(page.match(/<!-- end -->/g)).toHaveLength(blocks)
  expect(await fillPage(page)).toBe(page)
})
