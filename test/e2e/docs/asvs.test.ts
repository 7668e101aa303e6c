/** docs/asvs.md names every requirement of its chapters, and tests that exist. */
import { existsSync, readFileSync } from 'node:fs'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { readPage } from './blocks.js'

const TESTS = new URL('../../', import.meta.url)

interface Row {
  number: string
  level: string
  requirement: string
  answer: string
  tests: { path: string; title: string }[]
}

function readRows(page: string): Row[] {
  return [...page.matchAll(/^\| (\d\.\d\.\d) \|(.*)\|$/gm)].map(([, number = '', rest = '']) => {
    const [level = '', requirement = '', answer = '', tests = ''] = rest
      .split('|')
      .map((cell) => cell.trim())
    const named = [...tests.matchAll(/`([^`]+\.ts)` “([^”]+)”/g)]
    return {
      number,
      level,
      requirement,
      answer,
      tests: named.map(([, path, title]) => ({ path: path!, title: title! })),
    }
  })
}

/** The titles of a file's tests that run: those of `test.skip` and `test.todo` are none. */
function titlesIn(code: string): Set<string> {
  const titles = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const [title] = node.arguments
      const callee = node.expression.getText(file)
      const runs = /^test\b/.test(callee) && !/^test\.(skip|todo)|\.skip$/.test(callee)
      if (runs && title !== undefined && ts.isStringLiteralLike(title)) titles.add(title.text)
    }
    ts.forEachChild(node, visit)
  }
  const file = ts.createSourceFile('x.ts', code, ts.ScriptTarget.ES2023)
  visit(file)
  return titles
}

/** `PATH “TITLE”` of the named tests that do not exist. */
function missingTests(rows: readonly Row[]): string[] {
  return rows.flatMap(({ tests }) =>
    tests
      .filter(({ path, title }) => {
        const url = new URL(path, TESTS)
        return !existsSync(url) || !titlesIn(readFileSync(url, 'utf8')).has(title)
      })
      .map(({ path, title }) => `${path} “${title}”`),
  )
}

const rows = readRows(readPage('docs/asvs.md'))

test('the table has each requirement of V7 and V3.3 of ASVS 5.0.0, with its level', () => {
  expect(rows.map(({ number, level }) => `${number} ${level}`)).toEqual([
    ...['7.1.1 L2', '7.1.2 L2', '7.1.3 L2'],
    ...['7.2.1 L1', '7.2.2 L1', '7.2.3 L1', '7.2.4 L1'],
    ...['7.3.1 L2', '7.3.2 L2'],
    ...['7.4.1 L1', '7.4.2 L1', '7.4.3 L2', '7.4.4 L2', '7.4.5 L2'],
    ...['7.5.1 L2', '7.5.2 L2', '7.5.3 L3'],
    ...['7.6.1 L2', '7.6.2 L2'],
    ...['3.3.1 L1', '3.3.2 L2', '3.3.3 L2', '3.3.4 L2', '3.3.5 L3'],
  ])
})

test('each requirement has an answer, and a test where the package gives it', () => {
  for (const { number, requirement, answer, tests } of rows) {
    expect(requirement, number).not.toBe('')
    expect(answer, number).toMatch(/^\*\*(library|option|application)\*\*/)
    if (/\*\*(library|option)\*\*/.test(answer)) expect(tests, number).not.toEqual([])
  }
})

test('each test that is named exists', () => {
  expect(rows.flatMap(({ tests }) => tests).length).toBeGreaterThan(40)
  expect(missingTests(rows)).toEqual([])
})

test('a test that is missing, renamed or skipped would be found', () => {
  const path = 'e2e/docs/asvs.test.ts'
  const [row] = readRows(
    `| 7.1.1 | L1 | a | **library** | \`${path}\` “each test that is named exists”<br>\`${path}\` “other”<br>\`none.test.ts\` “x” |`,
  )
  expect(missingTests([row!])).toEqual([`${path} “other”`, 'none.test.ts “x”'])
  const code =
    "test.skip('a', f); test.todo('b'); test.each([1])('c', f); test.each([2]).skip('d', f)"
  expect([...titlesIn(code)]).toEqual(['c'])
})
