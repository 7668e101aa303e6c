/** The tables of docs/guide/api.md have what the sources have: no more, no less. */
import { readFileSync } from 'node:fs'
import Koa from 'koa'
import { expect, test } from 'vitest'
import { SessionError, type SessionErrorCode, sessions } from '../../../src/index.js'
import { readPage } from './blocks.js'

const page = readPage('docs/guide/api.md')

/** The names in the first column of the table under a heading. */
function namesUnder(heading: string): string[] {
  const [, section = ''] = page.split(`\n## ${heading}\n`)
  const [, table = ''] = /^\| --- .*\n((?:\|.*\n)+)/m.exec(section) ?? []
  return [...table.matchAll(/^\| (`.+?) \|/gm)].flatMap(([, cell = '']) =>
    Array.from(cell.matchAll(/`(\w+)[^`]*`/g), ([, name]) => name!),
  )
}

function source(path: string): string {
  return readFileSync(new URL(`../../../src/${path}`, import.meta.url), 'utf8')
}

/** The public members of a class, without those marked as internal. */
function membersOf(path: string): string[] {
  const text = source(path).replaceAll(/\/\*\*(?:(?!\*\/)[\s\S])*@internal \*\/\n.*\n/g, '')
  const found = [...text.matchAll(/^ {2}(?:get |async )?(\w+)(?:<.+>)?\(/gm)].map(
    ([, name]) => name!,
  )
  return [...new Set(found)].filter((name) => name !== 'constructor')
}

test('every option is in the table, and each that is there exists', () => {
  const text = source('options/session-options.ts')
  const [, cookies = ''] = text.split('export interface CookieOptions')
  const names = [...cookies.matchAll(/^ {2}readonly (\w+)\?:/gm)].map(([, name]) => name!)
  expect(names.length).toBeGreaterThan(20)
  expect(namesUnder('Options').toSorted()).toEqual(names.toSorted())
  for (const name of text.matchAll(/^ {2}readonly (\w+)\?:/gm))
    expect(page).toContain(`\`${name[1]}\``)
})

test('every default in the table is that of the source', () => {
  const text = source('options/session-options.ts')
  const documented = [
    ...text.matchAll(/@default (.+?)(?: \*\/)?\n(?: +\*\/\n)? +readonly (\w+)\?:/g),
  ]
  const plain = documented.filter(([, value]) => /^('.+?'|\d+|true|false)$/.test(value!))
  expect(plain.length).toBeGreaterThan(10)
  for (const [, value, name] of plain) {
    // A cookie's attributes share a row, which names their defaults.
    const rows = [`\`${name}\` | \`${value}\` |`, `\`${name}: ${value}\``]
    const inProse = name === 'rotate' || name === 'onMax' || name === 'signed'
    expect(inProse || rows.some((row) => page.includes(row)), `${name}: ${value}`).toBe(true)
  }
})

test('every member of ctx.session is in the table', () => {
  const members = [...membersOf('koa/session-view.ts'), ...membersOf('koa/session.ts')]
  expect(members.length).toBeGreaterThan(12)
  expect(namesUnder('`ctx.session`').toSorted()).toEqual(members.toSorted())
})

test('every member of Session, and of Session.store, is in the table', () => {
  const Session = sessions(new Koa(), { references: { user_id: {} } })
  expect(namesUnder('`Session`').toSorted()).toEqual(Object.keys(Session).toSorted())
  const row = page.split('\n').find((line) => line.startsWith('| `store` | sessions by id'))!
  const members = membersOf('koa/sessions-by-id.ts')
  const named = Array.from(row.matchAll(/`(\w+)(?:\(.*?\))?`/g), ([, name]) => name)
  expect(named.slice(1).toSorted()).toEqual(members.toSorted())
})

test('every error is in the table, with its status', () => {
  const [, codes = ''] = source('errors.ts').split('const STATUS = {')
  const names = [...codes.split('}')[0]!.matchAll(/(ERR_SESSION_\w+):/g)].map(([, name]) => name!)
  expect(names.length).toBeGreaterThan(5)
  expect(namesUnder('Errors').toSorted()).toEqual(names.toSorted())
  for (const name of names) {
    const { status } = new SessionError(name as SessionErrorCode, '')
    expect(page).toContain(`| \`${name}\` | ${status} |`)
  }
})
