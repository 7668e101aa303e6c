/**
 * A connection that breaks at each command of each call: before it, after it was sent, within its
 * reply; and a command that arrives when its call is over. What was answered is done; what failed is done
 * or not done, and never by half.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Session, SessionMiddleware } from '../../../src/index.js'
import { createId } from '../../../src/store/token.js'
import { type App, createApp } from '../../support/app.js'
import { CASES, type Processes, startProcesses } from '../../support/proxy/processes.js'
import { collect } from '../../support/store.js'
import { CUTS, Cutter } from '../../support/proxy/connection-cutter.js'

/** Each call of `ctx.session`; those that are not in here only read. */
const CALLS: Record<string, (session: Session) => Promise<unknown>> = {
  get: (session) => session.get(),
  'get some': (session) => session.get(['a']),
  peek: (session) => session.peek(),
  set: (session) => session.set({ a: 2, b: 2, gone: null }),
  'set a reference': (session) => session.set({ user_id: 'bob', a: 2 }),
  'set another reference': (session) => session.set({ org_id: 'y', a: 2 }),
  unset: (session) => session.unset(['a', 'gone']),
  'unset a reference': (session) => session.unset(['user_id', 'a']),
  touch: (session) => session.touch(),
  'touch for longer': (session) => session.touch('90 days'),
  increment: (session) => session.increment('n'),
  regenerate: (session) => session.regenerate(),
  delete: (session) => session.delete(),
  revokeOthers: (session) => session.revokeOthers('user_id'),
  createCSRFToken: (session) => session.createCSRFToken(),
  verifyCSRFToken: (session) => session.verifyCSRFToken('no token'),
}

/** Calls of somebody without a cookie. */
const NEW: Record<string, (session: Session) => Promise<unknown>> = {
  get: (session) => session.get(),
  set: (session) => session.set({ a: 2 }),
  'set two references': (session) => session.set({ user_id: 'eve', org_id: 'z' }),
  touch: (session) => session.touch(),
}

/** Each call of `Session`. */
const OPERATIONS: Record<string, (Session: SessionMiddleware, id: string) => Promise<unknown>> = {
  find: ({ find }) => collect(find('user_id', 'ann')),
  count: ({ count }) => count('user_id', 'ann'),
  revoke: ({ revoke }, id) => revoke(id),
  revokeAll: ({ revokeAll }) => revokeAll('user_id', 'ann'),
  'store.get': ({ store }, id) => store.get(id),
  'store.set': ({ store }, id) => store.set(id, { user_id: 'bob', a: 2 }),
  'store.unset': ({ store }, id) => store.unset(id, ['a', 'user_id']),
  'store.touch': ({ store }, id) => store.touch(id),
  'store.delete': ({ store }, id) => store.delete(id),
}

const START = { user_id: 'ann', org_id: 'x', a: 1, n: 1, gone: 1 }

describe.each(CASES)('%s, %s', (library, where) => {
  const cutter = new Cutter()
  let processes: Processes
  let app: App
  let total = 0
  beforeAll(async () => {
    processes = await startProcesses(library, where, 1, () => cutter)
  })
  afterAll(async () => {
    await processes.close()
    console.log(`${library}, ${where}: ${total} connections cut`)
  })

  const key = (id: string) => app.Session.store.getSessionKey(id)

  /** The application's fields, or nothing where the session is gone. */
  async function fieldsOf(id: string): Promise<Record<string, string>> {
    const all = Object.entries(await processes.direct.hgetall(key(id)))
    return Object.fromEntries(all.filter(([name]) => !name.startsWith('$')))
  }

  /** Whoever lives is in the sets of its values. */
  async function expectInSets(id: string): Promise<void> {
    const fields = await fieldsOf(id)
    for (const field of ['user_id', 'org_id'] as const) {
      if (fields[field] === undefined) continue
      const set = app.Session.getReferenceKey(field, fields[field])
      expect(await processes.direct.sismember(set, id)).toBe(1)
    }
  }

  interface Run {
    /** Of the two sessions that there are, the one that calls and another one of its user. */
    readonly ids: [string, string]
    readonly failed: { code?: string } | undefined
    readonly value: unknown
    readonly before: Record<string, string>[]
    readonly after: Record<string, string>[]
    /** What the browser holds then. */
    readonly cookie: string | undefined
  }

  /** Makes two sessions, and lets one call meet its fate. */
  async function run(name: string, cut?: (typeof CUTS)[number], at = 0): Promise<Run> {
    app = createApp(processes.clients[0]!, { prefix: `cuts-${createId()}` })
    const cookies = await Promise.all(
      [1, 2].map(async () => (await app.request(undefined, (it) => it.set(START))).cookie!),
    )
    const ids = cookies.map((cookie) => cookie.split('.')[0]!) as Run['ids']
    const before = await Promise.all(ids.map(fieldsOf))
    if (cut !== undefined) cutter.set(cut, at)
    const operation = OPERATIONS[name]
    const { value, error, cookie } =
      operation === undefined
        ? await app.request(cookies[0], CALLS[name]!)
        : await app.request(undefined, () => operation(app.Session, ids[0]))
    await cutter.disarm(processes.direct)
    const after = await Promise.all(ids.map(fieldsOf))
    for (const id of ids) await expectInSets(id)
    return { ids, failed: error, value, before, after, cookie: cookie ?? cookies[0] }
  }

  test.each([...Object.keys(CALLS), ...Object.keys(OPERATIONS)])('%s', async (name) => {
    const whole = await run(name)
    let cuts = 0
    for (const cut of CUTS) {
      for (let at = 0; ; at++) {
        const { ids, failed, value, before, after, cookie } = await run(name, cut, at)
        const what = `${cut} ${at}: ${failed?.code}`
        if (!cutter.done) {
          expect(at, 'the call sends commands').toBeGreaterThan(0)
          break
        }
        cuts++
        if (failed !== undefined) expect(failed.code, what).toBe('ERR_SESSION_STORE')
        // A client that sends a command again cannot know that it was done: it may count twice.
        const twice = name === 'increment' ? [{ ...whole.after[0], n: '3' }] : []
        for (const i of [0, 1] as const) {
          const notDone = failed === undefined ? [] : [before[i]]
          expect([whole.after[i], ...notDone, ...twice], what).toContainEqual(after[i])
        }
        if (failed === undefined && /get|peek/.test(name)) {
          expect(value, what).toMatchObject({ a: '1' })
        }
        // It may have been renewed by a request that failed; but nobody is given something else.
        const next = await app.request(cookie, (session) => session.peek())
        expect(next.error, what).toBeUndefined()
        const { id } = next.value as { id?: string }
        const mayBeRenewed = failed !== undefined && /set a ref|unset a ref|regenerate/.test(name)
        const lives = Object.keys(after[0]!).length > 0
        if (!lives) expect(id, what).toBeUndefined()
        else if (!mayBeRenewed) expect(id, what).toBe(ids[0])
      }
    }
    expect(cuts).toBeGreaterThanOrEqual(CUTS.length)
    total += cuts
  })

  test.each(Object.entries(NEW))('a new visitor: %s', async (name, page) => {
    for (const cut of CUTS) {
      for (let at = 0; ; at++) {
        app = createApp(processes.clients[0]!, { prefix: `cuts-${createId()}` })
        cutter.set(cut, at)
        const { error, cookie } = await app.request(undefined, page)
        await cutter.disarm(processes.direct)
        if (!cutter.done) break
        total++
        const set = app.Session.getReferenceKey('user_id', 'eve')
        const members = await processes.direct.smembers(set)
        if (error !== undefined) {
          expect(error.code).toBe('ERR_SESSION_STORE')
          expect(cookie).toBeUndefined()
          // It may have been made for nobody; then whoever looks for it finds it.
          const found = await collect(app.Session.find('user_id', 'eve'))
          expect(members).toEqual(expect.arrayContaining(found.map(({ id }) => id)))
          continue
        }
        const [id] = cookie!.split('.')
        const { value } = await app.request(cookie, (session) => session.peek())
        expect(value).toMatchObject({ id })
        expect(members).toEqual(name === 'set two references' ? [id] : [])
      }
    }
  })
})
