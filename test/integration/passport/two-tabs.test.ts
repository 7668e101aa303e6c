/** Requests of one browser at the same time. Each waits in its page until all have read the session. */
import { describe, expect, test } from 'vitest'
import { MemoryStore, type SessionOptions } from '../../../src/index.js'
import { redis } from '../../support/clients/redis.js'
import {
  addOAuth,
  type Agent,
  ANN,
  cookieOf,
  createPassportSite,
  type PassportSite,
  signIn,
  stateOf,
} from '../../support/passport-app.js'

const STORES: [string, () => Partial<SessionOptions>][] = [
  ['memory', () => ({ store: new MemoryStore() })],
  ['Redis', () => ({ client: redis() })],
]

interface Meeting {
  /** Resolves once so many have called it. */
  readonly meet: () => Promise<void>
}

function meetingOf(count: number): Meeting {
  let open = () => {}
  const all = new Promise<void>((resolve) => {
    open = resolve
  })
  let waiting = 0
  return {
    meet: async () => {
      if (++waiting === count) open()
      await all
    },
  }
}

/** A browser with a session, whose tabs send its cookie. */
async function openBrowser({ agent }: PassportSite): Promise<{ cookie: string; tab: () => Agent }> {
  const visitor = agent()
  const cookie = cookieOf(await visitor.post('/fields').send({ basket: 'full' }))!
  return { cookie, tab: () => visitor }
}

describe.each(STORES)('%s', (_name, options) => {
  test('what eight requests write under different keys is all kept', async () => {
    const site = createPassportSite({ options: options() })
    const { meet } = meetingOf(8)
    site.router.post('/key/:key', async (ctx) => {
      await meet()
      ;(ctx.state['session'] as Record<string, unknown>)[ctx.params['key']!] = { is: 'here' }
      ctx.status = 204
    })
    const { cookie, tab } = await openBrowser(site)
    const keys = Array.from({ length: 8 }, (_, i) => `key${i}`)
    await Promise.all(keys.map((key) => site.agent().post(`/key/${key}`).set('cookie', cookie)))
    const kept = (await tab().get('/passport')).body as object
    expect(Object.keys(kept).toSorted()).toEqual(keys)
    expect((await tab().get('/fields')).body.basket).toBe('full')
  })

  test('tabs that start with two providers, four times each, find their own states', async () => {
    const site = createPassportSite({ options: options() })
    const meeting = meetingOf(8)
    for (const name of ['one', 'two']) addOAuth(site, name, meeting.meet)
    const { cookie, tab } = await openBrowser(site)
    const starts = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        const name = i % 2 === 0 ? 'one' : 'two'
        const { status, headers } = await site.agent().get(`/${name}`).set('cookie', cookie)
        expect(status).toBe(302)
        return { name, state: stateOf(headers['location']) }
      }),
    )
    expect(new Set(starts.map(({ state }) => state)).size).toBe(8)
    for (const { name, state } of starts) {
      const { body } = await tab().get(`/${name}/kept`).query({ state })
      expect(body).toEqual({ handle: state })
    }
  })

  test('a callback uses up the state of its own tab alone, and only once', async () => {
    const site = createPassportSite({ options: options() })
    addOAuth(site, 'one')
    const { tab } = await openBrowser(site)
    const first = stateOf((await tab().get('/one')).headers['location'])
    const second = stateOf((await tab().get('/one')).headers['location'])
    const kept = async (state: string) =>
      (await tab().get('/one/kept').query({ state })).body.handle

    // Nobody listens on port 1: the state was right, the token cannot be had.
    const back = await tab().get('/one/callback').query({ state: first, code: 'x' })
    expect(back.status).toBe(500)
    expect([await kept(first), await kept(second)]).toEqual([second, second])
    const again = await tab().get('/one/callback').query({ state: first, code: 'x' })
    expect(again.status).toBe(403)
  })

  test('a state that comes back by POST is found, too', async () => {
    const site = createPassportSite({ options: options() })
    addOAuth(site, 'one')
    const { tab } = await openBrowser(site)
    const state = stateOf((await tab().get('/one')).headers['location'])
    await tab().get('/one')
    const { body } = await tab().post('/one/kept').send({ state })
    expect(body).toEqual({ handle: state })
  })

  test('what a strategy changes later, or sets to undefined, takes the place of its start', async () => {
    const site = createPassportSite({ options: options() })
    addOAuth(site, 'one')
    const key = 'oauth2:one.example'
    site.router.post('/change', (ctx) => {
      const given = ctx.request.body as { value?: unknown }
      ;(ctx.state['session'] as Record<string, unknown>)[key] = given.value
      ctx.status = 204
    })
    const { tab } = await openBrowser(site)
    await tab().get('/one')
    await tab()
      .post('/change')
      .send({ value: { later: true } })
    expect((await tab().get('/passport')).body).toEqual({ [key]: { later: true } })
    await tab().post('/change').send({})
    expect((await tab().get('/passport')).body).toEqual({})
  })

  test('what another tab has started survives a login with keepSessionInfo, and no other', async () => {
    for (const [path, survives] of [
      ['/login/keep', true],
      ['/login', false],
    ] as const) {
      const site = createPassportSite({ options: options() })
      addOAuth(site, 'one')
      const { tab } = await openBrowser(site)
      const state = stateOf((await tab().get('/one')).headers['location'])
      await signIn(tab(), ANN, path)
      const { body } = await tab().get('/one/kept').query({ state })
      expect(body.handle).toBe(survives ? state : null)
    }
  })
})

test('many starts take the room of eight', async () => {
  const site = createPassportSite({ options: { client: redis() } })
  addOAuth(site, 'one')
  const { tab } = await openBrowser(site)
  for (let i = 0; i < 20; i++) await tab().get('/one')
  const fields = Object.keys((await tab().get('/fields')).body as object)
  expect(fields.filter((name) => /^passport#\d/.test(name))).toHaveLength(8)
})

test('a request reads once, and one without a cookie sends nothing', async () => {
  const client = redis().duplicate()
  const site = createPassportSite({ options: { client } })
  const visitor = site.agent()
  await signIn(visitor, ANN)
  const commands: string[] = []
  const send = client.sendCommand.bind(client)
  client.sendCommand = (command, ...rest) => {
    commands.push(command.name)
    return send(command, ...rest)
  }
  await visitor.get('/me')
  expect(commands.splice(0)).toEqual(['HGETALL'])
  await site.agent().get('/me')
  expect(commands).toEqual([])
  client.disconnect()
})
