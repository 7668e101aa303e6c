/** What holds for all pages: links lead somewhere, and code is run. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { scripts } from '../../../package.json'
import { PAGES, readPage, readSections } from './blocks.js'

const ROOT = new URL('../../../', import.meta.url)

/** How GitHub names a heading in an address. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')
}

const OTHERS = [
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'bench/README.md',
  'examples/devices/README.md',
  'examples/live/README.md',
  'site/index.md',
  'test/model/README.md',
]

describe.each([...PAGES, ...OTHERS])('%s', (page) => {
  test('has links that lead somewhere', () => {
    const url = new URL(page, ROOT)
    const text = readPage(page).replaceAll(/^```[\s\S]*?^```$/gm, '')
    const targets = /(?:\]\(|^\[\w+\]: |\bsrc(?:set)?=")([^)"\s]+)/gm
    for (const [, target = ''] of text.matchAll(targets)) {
      if (/^https?:/.test(target)) continue
      const { pathname, hash } = new URL(target, url)
      expect(existsSync(new URL(pathname, url)), target).toBe(true)
      if (hash === '') continue
      const headings = readFileSync(new URL(pathname, url), 'utf8').matchAll(/^#+ (.*)$/gm)
      expect(Array.from(headings, ([, title]) => `#${anchor(title!)}`)).toContain(hash)
    }
  })
})

test.each([...PAGES, ...OTHERS])('%s names commands that exist', (page) => {
  const text = readPage(page)
  for (const [, name = ''] of text.matchAll(/\bnpm run ([\w:-]+)/g))
    expect(scripts).toHaveProperty([name])
  for (const [, file = ''] of text.matchAll(/\bnode ((?:bench|scripts|examples)\/[\w./-]+)/g)) {
    expect(existsSync(new URL(file, ROOT)), file).toBe(true)
  }
})

test('the README links each page of the guide', () => {
  const readme = readPage('README.md')
  const guide = PAGES.filter((page) => page.startsWith('docs/guide/'))
  expect(guide.length).toBeGreaterThan(15)
  for (const page of guide) expect(readme).toContain(`](${page})`)
})

test('all TypeScript is run by a test that names its page and its heading', () => {
  const folder = new URL('.', import.meta.url)
  const tests = readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
  for (const page of PAGES.filter((name) => name !== 'README.md')) {
    const name = /([^/]+)\.md$/.exec(page)![1]!
    for (const heading of readSections(page).keys()) {
      const found = tests.some(
        (text) =>
          (text.includes(`'${name}'`) || text.includes(page)) &&
          (text.includes(`'${heading}'`) || text.includes(`"${heading}"`)),
      )
      expect(found, `${page}: ${heading}`).toBe(true)
    }
  }
})
