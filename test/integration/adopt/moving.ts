/**
 * The move from another library, tried with that library itself: a visitor signs in there, the application starts again
 * with ours on the same Redis, and the visitor comes with the old cookie.
 */
import type { RequestListener } from 'node:http'
import { Redis } from 'ioredis'
import Koa from 'koa'
import request from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AdoptOptions } from '../../../src/adopt/index.js'
import { type SessionMiddleware, type SessionOptions, sessions } from '../../../src/index.js'
import { createId } from '../../../src/store/token.js'
import { redis } from '../../support/clients/redis.js'
import { until } from '../../support/until.js'

type Values = Record<string, string>
type Adopt = NonNullable<SessionOptions['adopt']>

export const KEYS = ['new key', 'old key']

/** An application with the old library: `/login/USER`, `/` (who is signed in), `/logout`. */
export interface OldSite {
  readonly app: RequestListener
  /** How many sessions its store has. */
  readonly countStored?: () => Promise<number>
  /** The ready-made way, with the old options. */
  readonly adopt: (options: AdoptOptions<Values>) => Adopt
  /** The same, with a store that is out of reach. */
  readonly adoptFromDown?: (options: AdoptOptions<Values>) => Adopt
  /** The name of the old cookie. */
  readonly key: string
  close?(): unknown
}

/** A client whose server is down. */
export function unreachable(): Redis {
  const client = new Redis(1, { lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 })
  return client.on('error', () => {})
}

const values = ({ user }: { user?: string }): Values | undefined =>
  user === undefined ? undefined : { user_id: user }

type Cookies = Map<string, string>

/** What an answer makes of a browser's cookies. */
function take(cookies: Cookies, answer: { headers: Record<string, unknown> }): void {
  for (const header of ([] as string[]).concat((answer.headers['set-cookie'] as string[]) ?? [])) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(header) ?? []
    const expires = /; expires=([^;]+)/i.exec(header)?.[1]
    if (expires !== undefined && Date.parse(expires) <= Date.now()) cookies.delete(name)
    else cookies.set(name, value)
  }
}

const header = (cookies: Cookies): string =>
  [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')

async function visit(app: RequestListener, cookies: Cookies, path: string) {
  const answer = await request(app).get(path).set('cookie', header(cookies))
  take(cookies, answer)
  return answer
}

interface NewSite {
  readonly app: RequestListener
  readonly Session: SessionMiddleware
}

function createNewSite(adopt: Adopt, options: Partial<SessionOptions> = {}): NewSite {
  const app = new Koa()
  app.keys = KEYS
  app.silent = true
  const Session = sessions(app, {
    client: redis(),
    references: { user_id: {} },
    prefix: `moved-${createId()}`,
    key: 'sid',
    adopt,
    ...options,
  })
  app.use(Session).use(async (ctx) => {
    if (ctx.path === '/logout') await ctx.session.delete()
    ctx.body = (await ctx.session.peek())['user_id'] ?? 'nobody'
  })
  return { app: (req, res) => void app.callback()(req, res), Session }
}

interface Kind {
  /** Whether it keeps sessions in a store, and not in the cookie alone. */
  readonly stored: boolean
}

export function describeMove(title: string, { stored }: Kind, open: () => Promise<OldSite>): void {
  describe(`from ${title}`, () => {
    let old: OldSite
    beforeAll(async () => {
      old = await open()
    })
    afterAll(() => old.close?.())

    const countStored = async (): Promise<number> => (await old.countStored?.()) ?? 0

    const signIn = async (user: string): Promise<Cookies> => {
      const cookies: Cookies = new Map()
      expect((await visit(old.app, cookies, `/login/${user}`)).text).toBe(user)
      expect((await visit(old.app, cookies, '/')).text).toBe(user)
      return cookies
    }

    test('five requests at a time find the visitor signed in, in one session', async () => {
      const cookies = await signIn('moved')
      const before = await countStored()
      const { app, Session } = createNewSite(old.adopt({ values }))
      const browsers = [1, 2, 3, 4, 5].map(() => new Map(cookies))
      const answers = await Promise.all(browsers.map((browser) => visit(app, browser, '/')))
      expect(answers.map(({ text }) => text)).toEqual(Array.from({ length: 5 }, () => 'moved'))
      expect(new Set(browsers.map((browser) => browser.get('sid'))).size).toBe(1)
      expect(await Session.count('user_id', 'moved')).toBe(1)
      // The old one is gone, in the store and in the browser.
      expect(await countStored()).toBe(stored ? before - 1 : 0)
      expect(browsers.some((browser) => browser.has(old.key))).toBe(false)
      expect((await visit(app, browsers[0]!, '/')).text).toBe('moved')
    })

    test('the old session stays as it is, where that is asked for', async () => {
      const cookies = await signIn('kept')
      const before = await countStored()
      const { app } = createNewSite(old.adopt({ values, keep: true }))
      expect((await visit(app, cookies, '/')).text).toBe('kept')
      expect(await countStored()).toBe(before)
      expect((await visit(old.app, cookies, '/')).text).toBe('kept')
    })

    test.each<[string, (site: NewSite, cookies: Cookies) => Promise<unknown>]>([
      ['signed out', ({ app }, cookies) => visit(app, cookies, '/logout')],
      ['revoked', ({ Session }) => Session.revokeAll('user_id', 'over')],
      [
        'expired',
        ({ Session }) =>
          until('the end', async () => (await Session.count('user_id', 'over')) === 0),
      ],
    ])('once %s, the old cookie is nobody', async (how, end) => {
      const cookies = await signIn('over')
      const before = new Map(cookies)
      const site = createNewSite(
        old.adopt({ values, keep: true }),
        how === 'expired' ? { maxAge: 100 } : {},
      )
      expect((await visit(site.app, cookies, '/')).text).toBe('over')
      await end(site, cookies)
      expect((await visit(site.app, before, '/')).text).toBe('nobody')
      expect((await visit(site.app, cookies, '/')).text).toBe('nobody')
      expect(await site.Session.count('user_id', 'over')).toBe(0)
    })

    test('revokeAll holds for those who were not seen yet', async () => {
      const cookies = await signIn('unseen')
      const before = await countStored()
      const { app, Session } = createNewSite(old.adopt({ values }))
      await Session.revokeAll('user_id', 'unseen')
      expect((await visit(app, cookies, '/')).text).toBe('nobody')
      expect(await countStored()).toBe(stored ? before - 1 : 0)
    })

    test('signing out as the first request ends the old session', async () => {
      const cookies = await signIn('leaving')
      const copied = new Map(cookies)
      const before = await countStored()
      const { app } = createNewSite(old.adopt({ values }))
      expect((await visit(app, cookies, '/logout')).text).toBe('nobody')
      expect(await countStored()).toBe(stored ? before - 1 : 0)
      expect((await visit(app, copied, '/')).text).toBe('nobody')
    })

    test('a session that is over in the old library is nobody', async () => {
      const cookies = await signIn('over there')
      const before = new Map(cookies)
      await visit(old.app, cookies, '/logout')
      const { app } = createNewSite(old.adopt({ values }))
      // Without a store a copied cookie stayed valid before, too.
      expect((await visit(app, before, '/')).text).toBe(stored ? 'nobody' : 'over there')
      expect((await visit(app, cookies, '/')).text).toBe('nobody')
    })

    test('a session of nobody is not adopted', async () => {
      const cookies = await signIn('nobody here')
      const { app, Session } = createNewSite(old.adopt({ values: () => undefined }))
      expect((await visit(app, cookies, '/')).text).toBe('nobody')
      expect(cookies.has('sid')).toBe(false)
      expect(await Session.count('user_id', 'nobody here')).toBe(0)
    })

    test('a cookie that was tampered with is nobody', async () => {
      const cookies = await signIn('tampered')
      const { app } = createNewSite(old.adopt({ values, keep: true }))
      for (const [name, value] of cookies) {
        const changed = [
          '',
          'x',
          value.slice(0, -1),
          value.slice(1),
          `${value}x`,
          value.replace(/\w/, (first) => (first === 'A' ? 'B' : 'A')),
          value.replace(/\w(?=\W*$)/, (last) => (last === 'A' ? 'B' : 'A')),
          '%',
          's%3A',
          `s%3A.${value}`,
          'x'.repeat(8000),
          Buffer.from('{"user":"tampered"}').toString('base64'),
        ]
        for (const text of changed) {
          const browser = new Map(cookies).set(name, text)
          const { status, text: who } = await visit(app, browser, '/')
          expect([text, status, who]).toEqual([text, 200, 'nobody'])
        }
      }
      expect((await visit(app, cookies, '/')).text).toBe('tampered')
    })

    if (!stored) return

    test('an old store that is down is a 503, and never nobody', async () => {
      const cookies = await signIn('down')
      const { app, Session } = createNewSite(old.adoptFromDown!({ values }), { timeout: 500 })
      for (const path of ['/', '/logout']) {
        const browser = new Map(cookies)
        expect((await visit(app, browser, path)).status).toBe(503)
        expect(browser).toEqual(cookies)
      }
      expect(await Session.count('user_id', 'down')).toBe(0)
      // Nor is it lost.
      const again = createNewSite(old.adopt({ values }))
      expect((await visit(again.app, cookies, '/')).text).toBe('down')
    })
  })
}
