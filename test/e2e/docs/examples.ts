/** The examples of docstrings, as modules that compile. */
import { readdirSync, readFileSync } from 'node:fs'

const SOURCES = new URL('../../../src/', import.meta.url)

/** What the examples take from their reader. */
const SCOPE = `
import * as http from 'node:http'
import type { PassThrough } from 'node:stream'
import passport from 'koa-passport'
import { field, MemoryStore, SessionError } from 'koa-redis-session-sets'
import { admin } from 'koa-redis-session-sets/admin'
import { fromExpressSession, fromKoaGenericSession, fromKoaSession, fromVersion3 } from 'koa-redis-session-sets/adopt'
import { backChannelLogout } from 'koa-redis-session-sets/back-channel-logout'
import { deviceBound } from 'koa-redis-session-sets/device-bound'
import * as node from 'koa-redis-session-sets/node'
import { passportFields, passportSession } from 'koa-redis-session-sets/passport'
declare const ctx: import('koa-redis-session-sets').SessionContext<typeof Session>
declare const logout: import('koa-redis-session-sets/back-channel-logout').BackChannelLogout<'oidc_sid', 'oidc_sub'>
declare const oldOptions: any
declare const stream: PassThrough
declare const tokens: { claims(): import('koa-redis-session-sets/back-channel-logout').LoginClaims }
declare const url: string
declare const user: { id: number }
declare function readOldCookie(ctx: unknown): { text: string; expires: Date; userId: number } | undefined
interface CartItem { id: string }
`

/** Parameters that stand before the names of all, for the examples of koa-redis-session-sets/node. */
const NODE = `
  { sessions }: typeof node,
  Session: node.NodeSessions,
  app: import('express').Application,
  req: http.IncomingMessage,
  res: http.ServerResponse,
`

/** By the source that has it, and its number there. */
export function readExamples(): [name: string, module: string][] {
  const paths = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  return paths
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => {
      const text = readFileSync(new URL(path, SOURCES), 'utf8')
      const found = text.matchAll(/@example\n((?: *\*(?!\/| @).*\n)+)/g)
      return Array.from(found, ([, lines = ''], i): [string, string] => [
        `${path} ${i + 1}`,
        toModule(path, lines.replaceAll(/^ *\* ?/gm, '')),
      ])
    })
}

function toModule(path: string, code: string): string {
  // Some show one option of sessions().
  const isOption = /^\w+: /.test(code)
  const body = isOption ? `sessions(app, { client, references: { user_id: {} }, ${code}})` : code
  const parameters = path.startsWith('node/') ? NODE : ''
  return `${SCOPE}async function example(${parameters}) {{\n${body}}}`
}
