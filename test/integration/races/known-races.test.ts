/** Races that other session libraries lost, each under the name of the report about it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createId } from '../../../src/store/token.js'
import { collect } from '../../support/store.js'
import { type App, createApp } from '../../support/app.js'
import { CommandBarrier } from '../../support/proxy/command-barrier.js'
import { CASES, type Processes, startProcesses } from '../../support/proxy/processes.js'

describe.each(CASES)('%s, %s', (library, where) => {
  let processes: Processes
  let barriers = [new CommandBarrier(), new CommandBarrier()] as const
  let apps: App[]
  let one: App
  let two: App
  beforeAll(async () => {
    processes = await startProcesses(library, where, 2, (proxy) => ({
      onCommand: (exchange) => barriers[proxy.startsWith('app0') ? 0 : 1].onCommand(exchange),
    }))
  })
  afterAll(() => processes.close())
  beforeEach(() => {
    barriers = [new CommandBarrier(), new CommandBarrier()]
    const prefix = `races-${createId()}`
    apps = processes.clients.map((client) => createApp(client, { prefix }))
    ;[one, two] = apps as [App, App]
  })

  const signIn = async (app: App, user_id = 'ann') =>
    (await app.request(undefined, (session) => session.set({ user_id }))).cookie!
  const whoIs = async (cookie: string) =>
    (await two.request(cookie, (session) => session.peek('user_id'))).value
  const found = async (user = 'ann') =>
    (await collect(two.Session.find('user_id', user))).map(({ id }) => id).toSorted()
  const idsOf = (cookies: string[]) => cookies.map((cookie) => cookie.split('.')[0]!).toSorted()

  async function expectEnded(cookie: string): Promise<void> {
    expect(await whoIs(cookie)).toEqual({})
    expect(await found()).toEqual([])
    const key = one.Session.store.getSessionKey(cookie.split('.')[0]!)
    expect(await processes.direct.exists(key)).toBe(0)
  }

  test('tj/connect-redis#328: what ends after the logout does not write the session back', async () => {
    const cookie = await signIn(one)
    let logOut = () => {}
    const loggedOut = new Promise<void>((resolve) => {
      logOut = resolve
    })
    const slow = one.request(cookie, async (session) => {
      await session.get()
      await loggedOut
      await session.set({ cart: 'full' })
    })
    await two.request(cookie, (session) => session.delete())
    logOut()
    expect(await slow).toMatchObject({ error: { code: 'ERR_SESSION_REVOKED' }, cookie: undefined })
    await expectEnded(cookie)
  })

  test.each(['set', 'touch', 'regenerate'] as const)(
    'expressjs/session#632: a %s on its way while somebody logs out',
    async (method) => {
      const cookie = await signIn(one)
      const update = barriers[0].hold(method === 'set' ? 'SET_FIELDS' : 'UPDATE')
      const slow = one.request(cookie, async (session) => {
        await session.get()
        await (method === 'set' ? session.set({ cart: 'full' }) : session[method]())
      })
      await update.held
      await two.request(cookie, (session) => session.delete())
      update.release()
      expect(await slow).toMatchObject({ error: { code: 'ERR_SESSION_REVOKED' } })
      await expectEnded(cookie)
    },
  )

  test('CVE-2025-46336: a long request with a stolen cookie keeps nothing of it alive', async () => {
    const cookie = await signIn(one)
    const update = barriers[0].hold('SET_FIELDS')
    const thief = one.request(cookie, (session) => session.set({ mine: 1 }))
    await update.held
    const { error } = await two.request(cookie, (session) => session.delete())
    expect(error).toBeUndefined()
    update.release()
    // The session ended after the thief's request began, so that starts none either.
    expect(await thief).toMatchObject({
      error: { code: 'ERR_SESSION_REVOKED' },
      cookie: undefined,
    })
    await expectEnded(cookie)
  })

  /** The first thing that a login sends to Redis. */
  const FIRST = where === 'a cluster' ? 'JOIN_SET' : 'CREATE_SIMPLE'

  test('better-auth/better-auth#11022: of two logins at once the index holds both', async () => {
    const holds = barriers.map((barrier) => barrier.hold(FIRST))
    const logins = apps.map((app) => signIn(app))
    await Promise.all(holds.map(({ held }) => held))
    holds.forEach(({ release }) => release())
    const cookies = await Promise.all(logins)
    expect(await found()).toEqual(idsOf(cookies))
  })

  test('better-auth/better-auth#11022: a login and a logout at once leave the right one', async () => {
    const leaving = await signIn(one)
    const [login, logout] = [barriers[0].hold(FIRST), barriers[1].hold('DELETE_SESSION')]
    const coming = signIn(one)
    const gone = two.request(leaving, (session) => session.delete())
    await Promise.all([login.held, logout.held])
    logout.release()
    login.release()
    await gone
    const cookie = await coming
    expect(await found()).toEqual(idsOf([cookie]))
  })

  test('better-auth/better-auth#11073, concurrent sign-ins: the others are all revoked', async () => {
    const cookies = await Promise.all([signIn(one), signIn(two), signIn(one)])
    expect(await found()).toEqual(idsOf(cookies))
    const { value } = await one.request(cookies[0], (session) => session.revokeOthers('user_id'))
    expect(value).toBe(2)
    expect(await Promise.all(cookies.map(whoIs))).toMatchObject([{ user_id: 'ann' }, {}, {}])
    expect(await found()).toEqual(idsOf([cookies[0]]))
  })

  test('better-auth/better-auth#11073, a missing index: it comes back with the next write that needs it', async () => {
    const cookie = await signIn(one)
    await processes.direct.del(one.Session.getReferenceKey('user_id', 'ann'))
    // It would outlive what its set was sure of.
    await one.request(cookie, (session) => session.touch('90 days'))
    expect(await found()).toEqual(idsOf([cookie]))
    expect(await two.Session.revokeAll('user_id', 'ann')).toBe(1)
    await expectEnded(cookie)
  })

  test('better-auth/better-auth#11073, a refresh under way does not undo a revocation', async () => {
    const cookie = await signIn(one)
    const update = barriers[0].hold('UPDATE')
    const refresh = one.request(cookie, async (session) => {
      await session.get()
      await session.touch()
    })
    await update.held
    expect(await two.Session.revokeAll('user_id', 'ann')).toBe(1)
    update.release()
    expect(await refresh).toMatchObject({ error: { code: 'ERR_SESSION_REVOKED' } })
    await expectEnded(cookie)
  })

  test('better-auth/better-auth#11073, a login around a revocation does not survive it', async () => {
    const create = barriers[0].hold('CREATE')
    const login = one.request(undefined, (session) => session.set({ user_id: 'ann' }))
    await create.held
    expect(await two.Session.revokeAll('user_id', 'ann')).toBe(0)
    create.release()
    expect(await login).toMatchObject({ error: { code: 'ERR_SESSION_REVOKED' }, cookie: undefined })
    expect(await found()).toEqual([])
    // A later one does.
    const cookie = await signIn(one)
    expect(await whoIs(cookie)).toMatchObject({ user_id: 'ann' })
    expect(await found()).toEqual(idsOf([cookie]))
  })

  test('spring-projects/spring-session#2869: dead ids leave the index', async () => {
    // Two minutes ago: on a cluster younger ids might be of sessions that are being made.
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() - 120_000)
    const dead = idsOf(await Promise.all(Array.from({ length: 40 }, () => signIn(one))))
    clock.mockRestore()
    const { direct } = processes
    const set = one.Session.getReferenceKey('user_id', 'ann')
    // While they live: pruning that is still under way takes out dead ones.
    expect(await direct.scard(set)).toBe(40)
    // As if they had expired: nobody is told.
    await Promise.all(dead.map((id) => direct.del(one.Session.store.getSessionKey(id))))
    // Each login looks at four members: after so many it has met them all, but for bad luck.
    for (let i = 0; i < 100; i++) await signIn(one)
    expect(await direct.scard(set)).toBeLessThan(106)
    expect(await found()).toHaveLength(100)
    // Whoever looks through the set takes out all that are left.
    expect(await direct.scard(set)).toBe(100)
    expect(await direct.pttl(set)).toBeGreaterThan(0)
  })

  test('spring-projects/spring-session#1646: no command has keys of two slots on a cluster', async () => {
    const cookie = await signIn(one)
    const { cookie: renewed } = await one.request(cookie, async (session) => {
      await session.regenerate()
      await session.set({ user_id: 'bob', org_id: 'x' })
      await session.unset('org_id')
      await session.touch('90 days')
    })
    await Promise.all(Array.from({ length: 10 }, () => signIn(one, 'bob')))
    const { error, value } = await one.request(renewed, (it) => it.revokeOthers('user_id'))
    expect({ error, value }).toEqual({ error: undefined, value: 10 })
    expect(await one.Session.revokeAll('user_id', 'bob')).toBe(1)
    await expectEnded(renewed!)
    const slots = (command: string) => new Set(command.match(/\{[^}]*\}/g)).size
    const crossing = barriers[0].commands.filter((command) => slots(command) > 1)
    // On one server it is how logins stay one command.
    expect(crossing.length > 0).toBe(where === 'one server')
  })
})
