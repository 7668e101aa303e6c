/** docs/comparison.md shows the newest results, links what it cites, and names tests that exist. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { readPage } from './blocks.js'

const ROOT = resolve(import.meta.dirname, '../../..')
const page = readPage('docs/comparison.md')

test('the tables are those of the newest run', async () => {
  const { fillComparison } = (await import(resolve(ROOT, 'bench/report/peers.mjs'))) as {
    fillComparison(page: string): Promise<string>
  }
  expect(page.match(/<!-- end -->/g)).toHaveLength(5)
  expect(await fillComparison(page)).toBe(page)
})

test('each row has as many cells as there are libraries', () => {
  const [, section = ''] = page.split('\n## At a glance\n')
  const rows = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('|'))
  expect(rows.length).toBeGreaterThan(20)
  for (const row of rows) expect(row.split('|'), row).toHaveLength(10)
})

test('each reference is defined, and each definition used', () => {
  const defined = Array.from(page.matchAll(/^\[([\w-]+)\]: https:/gm), ([, name]) => name)
  const used = new Set(Array.from(page.matchAll(/\]\[([\w-]+)\]/g), ([, name]) => name))
  expect(defined.length).toBeGreaterThan(20)
  expect(defined.toSorted()).toEqual([...used].toSorted())
})

test('each test that is named exists', () => {
  const named = [...page.matchAll(/`([\w/.-]+\.ts)` “([^”]+)”/g)]
  expect(named.length).toBeGreaterThan(15)
  for (const [, path = '', title = ''] of named) {
    expect(readFileSync(resolve(ROOT, 'test', path), 'utf8'), title).toContain(title)
  }
})
