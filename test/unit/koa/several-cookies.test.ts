/** A Cookie header with more than one cookie of the session's name. */
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import Koa from 'koa'
import { describe, expect, test } from 'vitest'
import { readCookies } from '../../../src/koa/cookie.js'
import { checkOptions } from '../../../src/options/config.js'
import { MemoryStore } from '../../../src/index.js'
import { createToken, formatToken } from '../../../src/store/token.js'

/** Values are written as letters. */
const VALUES: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from('ABCDE', (letter) => [letter, formatToken(createToken(24))]),
)
const spellOut = (text: string): string =>
  text.replaceAll(/(?<=="?)[A-E](?="?(?:;|$))/g, (letter) => VALUES[letter]!)

function read(header: string | undefined, options: object = {}): string[] {
  const app = new Koa()
  app.keys = ['new', 'old']
  const incoming = new IncomingMessage(new Socket())
  if (header !== undefined) incoming.headers.cookie = spellOut(header)
  const ctx = app.createContext(incoming, new ServerResponse(incoming))
  const config = checkOptions({ store: new MemoryStore(), key: 'sid', ...options })
  const letterOf = (value: string) => Object.keys(VALUES).find((one) => VALUES[one] === value)!
  return readCookies(ctx, config).map(letterOf)
}

/** The signature that Koa gives a value. */
function sign(value: string, keys = ['new', 'old']): string {
  const app = new Koa()
  app.keys = keys
  const incoming = new IncomingMessage(new Socket())
  const ctx = app.createContext(incoming, new ServerResponse(incoming))
  ctx.cookies.set('sid', VALUES[value], { signed: true })
  const [, header = ''] = ctx.res.getHeader('set-cookie') as string[]
  return /^sid\.sig=([^;]*)/.exec(header)![1]!
}

describe('are read in their order', () => {
  test.each<[header: string | undefined, values: string[]]>([
    [undefined, []],
    ['', []],
    ['other=1', []],
    ['sid=A', ['A']],
    ['other=1; sid=A; more=2', ['A']],
    ['other=1;sid=A;more=2', ['A']],
    ['sid="A"', ['A']],
    ['sid=A; sid=B', ['A', 'B']],
    ['sid=A; sid=A; sid=B', ['A', 'B']],
    // A browser may send an empty or a foreign one first.
    ['sid=; sid=A', ['A']],
    ['sid; sid=A', ['A']],
    ['sid=rubbish; sid=A', ['A']],
    ['sid=A; sid=B; sid=C; sid=D; sid=E', ['A', 'B', 'C', 'D']],
    // Not its name, or not a name.
    ['xsid=A; sidx=B; sid.sig=C; sid=D', ['D']],
    ['a=sid=A; sid=B', ['B']],
    ['a=x sid=A; sid=B', ['B']],
  ])('%s', (header, values) => {
    expect(read(header)).toEqual(values)
  })
})

test('each needs one of the signatures, where they are signed', () => {
  const [a, b] = [sign('A'), sign('B')]
  const signed = { signed: true }
  expect(read(`sid=A; sid.sig=${a}`, signed)).toEqual(['A'])
  expect(read(`sid=A`, signed)).toEqual([])
  expect(read(`sid=A; sid=B; sid.sig=${b}`, signed)).toEqual(['B'])
  expect(read(`sid=A; sid=B; sid.sig=${a}; sid.sig=${b}`, signed)).toEqual(['A', 'B'])
  expect(read(`sid=A; sid.sig=x; sid.sig=${sign('A', ['old'])}`, signed)).toEqual(['A'])
})
