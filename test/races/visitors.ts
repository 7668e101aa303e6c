import type { Session } from '../../src/index.js'
import { createId } from '../../src/token.js'
import { collect } from '../store/contract/support.js'
import type { App } from './app.js'
import { type Ending, type Event, type History, idOf, USERS } from './history.js'
import type { Random } from './random.js'

/** A browser: the cookie that it holds, and those that it held before. */
export interface Browser {
  readonly name: string
  readonly cookies: string[]
}

/** Something a visitor or an operator may do; `n` makes its fields and values its own. */
type Kind = (chances: Chances, n: number) => Plan

interface Chances {
  readonly random: Random
  readonly user: string
  /** The cookie of some browser: what an operator sees of a session is its id. */
  readonly someId: string | undefined
}

interface Plan extends Partial<
  Pick<Event, 'id' | 'writes' | 'ending' | 'operator' | 'search' | 'increments'>
> {
  readonly what: string
  /** In a request. */
  page?(session: Session, event: Event): Promise<unknown>
  /** Outside of requests. */
  operate?(app: App, event: Event): Promise<unknown>
}

const writing = (what: string, values: Record<string, string | undefined>): Plan => ({
  what: `${what} ${JSON.stringify(values, (_, value: unknown) => value ?? null)}`,
  writes: new Map(Object.entries(values)),
  page: (session) => session.set(values),
})

/** An own field, which must stay; a field that all write; and one that is removed now and then. */
const own = (n: number) => ({ [`own${n}`]: '1' })

export type Kinds = readonly (readonly [weight: number, kind: Kind])[]

const KINDS: Kinds = [
  [4, ({ user }, n) => writing('login', { user_id: user, ...own(n) })],
  [3, (_, n) => writing('set', { shared: String(n), ...own(n) })],
  [3, ({ random }, n) => writing('move', { org_id: random.pick(['x', 'y']), ...own(n) })],
  [1, () => writing('unset', { shared: undefined })],
  [1, () => writing('forget', { user_id: undefined })],
  [
    2,
    (_, n) => ({
      what: 'read, then set',
      writes: new Map(Object.entries(own(n))),
      page: async (session, event) => {
        event.readId = (await session.get()).id
        await session.set(own(n))
      },
    }),
  ],
  [
    1,
    (_, n) => ({
      what: 'two sets at once',
      writes: new Map(),
      page: async (session, event) => {
        // One may be done, and the other refused.
        const set = (values: Record<string, string>) =>
          session.set(values).then(() => {
            event.id = session.id
            for (const [name, value] of Object.entries(values)) event.writes.set(name, value)
          })
        const outcomes = await Promise.allSettled([set(own(n)), set({ shared: String(n) })])
        for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
      },
    }),
  ],
  [
    1,
    () => ({
      what: 'increment',
      increments: true,
      page: (session) => session.increment('count'),
    }),
  ],
  [2, () => ({ what: 'get', page: (session) => session.get() })],
  [1, () => ({ what: 'peek', page: (session) => session.peek() })],
  [1, () => ({ what: 'touch', page: (session) => session.touch() })],
  [1, () => ({ what: 'touch for longer', page: (session) => session.touch('90 days') })],
  [1, (_, n) => ({ ...writing('set', own(n)), page: (session) => session.set(own(n), '1 hour') })],
  [1, () => ending('touch for 1 ms', { kind: 'time' }, (session) => session.touch(1))],
  [
    1,
    ({ user }, n) => ({
      ...writing('login for 1 ms', { user_id: user, ...own(n) }),
      ending: { kind: 'time' },
      page: (session) => session.set({ user_id: user, ...own(n) }, 1),
    }),
  ],
  [2, () => ({ what: 'regenerate', page: (session) => session.regenerate() })],
  [1, () => ending('delete', { kind: 'own' }, (session) => session.delete())],
  [1, () => ending('revokeOthers', { kind: 'others' }, (it) => it.revokeOthers('user_id'))],
  [
    2,
    ({ user }) => ({
      what: `revokeAll ${user}`,
      ending: { kind: 'all', user },
      operate: ({ Session }) => Session.revokeAll('user_id', user),
    }),
  ],
  [
    1,
    ({ someId }) => ({
      what: `revoke ${someId}`,
      ...(someId && { ending: { kind: 'one', id: someId } }),
      operate: async ({ Session }) => someId && Session.revoke(someId),
    }),
  ],
  [
    3,
    ({ user }) => ({
      what: `find ${user}`,
      search: { user, found: [] },
      operate: async ({ Session }, { search }) => {
        search!.found = (await collect(Session.find('user_id', user))).map(({ id }) => id)
      },
    }),
  ],
  [
    1,
    ({ user }) => ({
      what: `count ${user}`,
      operate: ({ Session }) => Session.count('user_id', user),
    }),
  ],
  [1, ({ user, someId }, n) => operating('set', someId, { user_id: user, ...own(n) })],
  [1, ({ someId }, n) => operating('set', someId, { shared: String(n), ...own(n) })],
  [1, ({ user }, n) => operating('set', createId(), { user_id: user, ...own(n) })],
  [1, ({ someId }) => operating('unset', someId, { shared: undefined })],
  [1, ({ someId }) => operating('touch', someId, {})],
]

/** Waits for the session's end, as a stream that stays open. */
const WAITING: Kinds[number] = [
  4,
  () => ({
    what: 'wait',
    page: async (session, event) => {
      await session.peek()
      event.signal = session.signal
    },
  }),
]

/** The operator's door: what he sets he makes where there is none. */
function operating(
  method: 'set' | 'unset' | 'touch',
  id: string | undefined,
  values: Record<string, string | undefined>,
): Plan {
  const what = `store.${method} ${id}`
  if (id === undefined) return { what, operate: async () => {} }
  return {
    what,
    id,
    operator: method === 'set' ? 'put' : 'change',
    writes: new Map(Object.entries(values)),
    operate: async ({ Session: { store } }) => {
      if (method === 'set') await store.set(id, values)
      else if (method === 'unset') await store.unset(id, Object.keys(values))
      else await store.touch(id)
    },
  }
}

function ending(what: string, kind: Ending, page: (session: Session) => Promise<unknown>): Plan {
  return { what, ending: kind, page }
}

/**
 * Each schedule has its own favourites: an even mixture would seldom repeat anything. In some there are
 * some who wait.
 */
export function favourites(random: Random, waiting: boolean): Kinds {
  const kinds = KINDS.map(([weight, kind]) => [weight * random.pick([0, 1, 8]), kind] as const)
  return waiting ? [...kinds, WAITING] : kinds
}

/** A step that is decided when it begins, by what has happened until then. */
export function visit(
  history: History,
  apps: readonly App[],
  browsers: readonly Browser[],
  kinds: Kinds,
  random: Random,
): () => Promise<void> {
  return () => {
    const browser = random.pick(browsers)
    const app = random.below(apps.length)
    // Mostly the newest; now and then one that was replaced.
    const back = random.pick([1, 2], (age) => 5 - 2 * age)
    const cookie = browser.cookies.at(-back)
    const someId = idOf(random.pick(browsers).cookies.at(-1))
    const [, kind] = random.pick(kinds, ([weight]) => weight)
    const plan = kind({ random, user: random.pick(USERS), someId }, history.events.length)
    return carryOut(history, plan, apps[app]!, `app ${app}`, browser, cookie)
  }
}

/** Signs a browser in. */
export function signIn(history: History, app: App, browser: Browser, user: string): Promise<void> {
  const plan = writing('login', { user_id: user, ...own(history.events.length) })
  return carryOut(history, plan, app, 'before', browser, undefined)
}

async function carryOut(
  history: History,
  { page, operate, what, ...plan }: Plan,
  app: App,
  where: string,
  browser: Browser,
  cookie: string | undefined,
): Promise<void> {
  const who = page === undefined ? 'operator' : `${browser.name} with ${cookie?.slice(0, 28)}`
  const event = history.begin({
    ...plan,
    what: `${where}, ${who}: ${what}`,
    cookie: page && cookie,
  })
  if (page === undefined) {
    await operate!(app, event)
    history.end(event)
    return
  }
  const answer = await app.request(cookie, async (session) => {
    await page(session, event)
    return session.id
  })
  event.id = answer.value ?? event.id
  event.error = answer.error
  event.sent = answer.cookie
  history.end(event)
  if (answer.cookie) browser.cookies.push(answer.cookie)
}
