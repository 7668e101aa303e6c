/** Until when an old session counts, and which cookies are read, without the libraries that made them. */
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { createHmac } from 'node:crypto'
import Koa, { type Context } from 'koa'
import { describe, expect, test } from 'vitest'
import {
  type AdoptOptions,
  fromExpressSession,
  fromKoaGenericSession,
  fromKoaSession,
} from '../../../src/adopt/index.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const ID = 'an-id-of-sixteen-characters'

function contextOf(cookie: string): Context {
  const app = new Koa()
  app.keys = ['key']
  const incoming = new IncomingMessage(new Socket())
  incoming.headers.cookie = cookie
  return app.createContext(incoming, new ServerResponse(incoming))
}

const storeOf = (session: object) => ({
  get: (_id: string, answer?: unknown) =>
    typeof answer === 'function' ? void answer(null, session) : session,
  destroy() {},
})

const expressCookie = `connect.sid=s%3A${ID}.${createHmac('sha256', 'x').update(ID).digest('base64url')}`

describe('an old session is known to be over', () => {
  type Own = Partial<AdoptOptions<object>>
  const values = () => ({ user_id: '1' })
  const generic = (session: object, own: Own) =>
    fromKoaGenericSession(
      { store: storeOf(session), cookie: { signed: false } },
      { values, allowUnsigned: true, ...own },
    )(contextOf(`koa.sid=${ID}`))
  const koa = (session: object, own: Own) =>
    fromKoaSession(
      { store: storeOf(session), signed: false },
      { values, allowUnsigned: true, ...own },
    )(contextOf(`koa.sess=${ID}`))
  const express = (session: object, own: Own) =>
    fromExpressSession(
      { store: storeOf(session), secret: 'x' },
      { values, ...own },
    )(contextOf(expressCookie))
  const left = async (found: ReturnType<typeof generic>) => {
    const { values: read, until } = (await found) as unknown as {
      values(): Promise<unknown>
      until(): number
    }
    if ((await read()) === undefined) return 'over'
    return Math.round((until() - Date.now()) / HOUR) * HOUR
  }
  const later = Date.now() + 30 * DAY

  test.each<[string, typeof generic, object, Own, number | string]>([
    ['express: at its end', express, { cookie: { expires: new Date(later) } }, {}, 30 * DAY],
    [
      'express: at its end, a text',
      express,
      { cookie: { expires: new Date(later).toISOString() } },
      {},
      30 * DAY,
    ],
    ['express: at its end, a number', express, { cookie: { expires: later } }, {}, 30 * DAY],
    ['express: a number in the past', express, { cookie: { expires: Date.now() - 1 } }, {}, 'over'],
    ['express: never, without an end', express, { cookie: {} }, {}, 400 * DAY],
    [
      'express: never, where old servers may extend it',
      express,
      { cookie: { expires: later } },
      { keep: true },
      400 * DAY,
    ],
    [
      'koa-generic: never, as the store may keep it longer',
      generic,
      { cookie: { maxAge: HOUR } },
      {},
      400 * DAY,
    ],
    ['koa-generic: at its end', generic, { cookie: { expires: new Date(later) } }, {}, 30 * DAY],
    ['koa-session: at its end', koa, { _expire: later }, {}, 30 * DAY],
    [
      'koa-session: never, where old servers may extend it',
      koa,
      { _expire: later },
      { keep: true },
      400 * DAY,
    ],
    ['koa-session: in the past', koa, { _expire: Date.now() - 1 }, {}, 'over'],
  ])('%s', async (_, from, session, own, expected) => {
    expect(await left(from(session, own))).toBe(expected)
  })

  test('in the cookie alone at its end, also where it is kept', async () => {
    const text = Buffer.from(JSON.stringify({ _expire: later })).toString('base64')
    const app = contextOf('')
    const signature = (
      app.cookies as unknown as { keys: { sign(data: string): string } }
    ).keys.sign(`koa.sess=${text}`)
    const ctx = contextOf(`koa.sess=${text}; koa.sess.sig=${signature}`)
    expect(await left(fromKoaSession({}, { values, keep: true })(ctx))).toBe(30 * DAY)
  })
})

describe('is nobody', () => {
  test.each(['x', '123456789012345'])('an id that can be guessed: %s', async (id) => {
    const adopt = fromKoaSession(
      { store: storeOf({}), signed: false },
      { values: () => ({ a: 1 }), allowUnsigned: true },
    )
    expect(await adopt(contextOf(`koa.sess=${id}`))).toBeUndefined()
  })
})
