import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../../..')

test('docs/performance.md shows the newest results in bench/results', async () => {
  const { fillPage } = (await import(resolve(ROOT, 'bench/report/page.mjs'))) as {
    fillPage(page: string): Promise<string>
  }
  const page = await readFile(resolve(ROOT, 'docs/performance.md'), 'utf8')
  expect(page.match(/<!-- end -->/g)).toHaveLength(10)
  expect(await fillPage(page)).toBe(page)
})
