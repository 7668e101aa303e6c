/** What visitors and operators do: each call as data, which another process can carry out. */
import type { Session } from '../../../src/index.js'
import { collect } from '../../support/store.js'
import type { App } from '../../support/app.js'
import type { Ending, Event, Failure } from './history.js'
import { seeded, type Random } from '../../support/random.js'

/** Which call it is, and its chances: the same order makes the same plan in every process. */
export interface Order {
  /** Numbers the calls, and makes the fields and values of each its own. */
  readonly n: number
  /** The place of its kind in the table. */
  readonly kind: number
  readonly seed: number
  readonly user: string
  /** The session of some browser, of which an operator sees the id. */
  readonly someId: string | undefined
  /** An id that no session has yet. */
  readonly newId: string
}

interface Plan extends Partial<
  Pick<Event, 'id' | 'writes' | 'ending' | 'operator' | 'search' | 'increments' | 'signsIn'>
> {
  readonly what: string
  /** In a request. */
  page?(session: Session, seen: Seen): Promise<unknown>
  /** Outside of requests. */
  operate?(app: App, seen: Seen): Promise<unknown>
}

/** What a call saw while it went on. */
export interface Seen extends Pick<Event, 'id' | 'readId' | 'writes'> {
  found: string[]
  signal?: AbortSignal
}

/** What is known of a call once it was answered. */
export interface Outcome {
  readonly seen: Omit<Seen, 'signal'>
  readonly error?: Failure | undefined
  /** The cookie that was sent with the answer. */
  readonly cookie?: string | undefined
  /** Whether it goes on to wait for its session's end. */
  readonly waits?: boolean
}

type Kind = (chances: Order & { random: Random }) => Plan

const writing = (what: string, values: Record<string, string | undefined>): Plan => ({
  what: `${what} ${JSON.stringify(values, (_, value: unknown) => value ?? null)}`,
  writes: new Map(Object.entries(values)),
  page: (session) => session.set(values),
})

/** An own field, which must stay; a field that all write; and one that is removed now and then. */
const own = (n: number) => ({ [`own${n}`]: '1' })

/** Each with how often it is done, as against the others. */
export const KINDS: readonly (readonly [weight: number, kind: Kind])[] = [
  [
    4,
    ({ user, n }) => ({
      ...writing('sign in', { user_id: user, ...own(n) }),
      signsIn: true,
      page: (session) => session.signIn({ user_id: user, ...own(n) }),
    }),
  ],
  [2, ({ user, n }) => writing('become', { user_id: user, ...own(n) })],
  [3, ({ n }) => writing('set', { shared: String(n), ...own(n) })],
  [3, ({ random, n }) => writing('move', { org_id: random.pick(['x', 'y']), ...own(n) })],
  [1, () => writing('unset', { shared: undefined })],
  [1, () => writing('forget', { user_id: undefined })],
  [
    2,
    ({ n }) => ({
      what: 'read, then set',
      writes: new Map(Object.entries(own(n))),
      page: async (session, seen) => {
        seen.readId = (await session.get()).id
        await session.set(own(n))
      },
    }),
  ],
  [
    1,
    ({ n }) => ({
      what: 'two sets at once',
      writes: new Map(),
      page: async (session, seen) => {
        // One may be done, and the other refused.
        const set = (values: Record<string, string>) =>
          session.set(values).then(() => {
            seen.id = session.id
            for (const [name, value] of Object.entries(values)) seen.writes.set(name, value)
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
  [1, ({ n }) => ({ ...writing('set', own(n)), page: (session) => session.set(own(n), '1 hour') })],
  [1, () => ending('touch for 1 ms', { kind: 'time' }, (session) => session.touch(1))],
  [
    1,
    ({ user, n }) => ({
      ...writing('sign in for 1 ms', { user_id: user, ...own(n) }),
      signsIn: true,
      ending: { kind: 'time' },
      page: (session) => session.signIn({ user_id: user, ...own(n) }, 1),
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
      operate: async ({ Session }, seen) => {
        seen.found = (await collect(Session.find('user_id', user))).map(({ id }) => id)
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
  [1, ({ user, someId, n }) => operating('set', someId, { user_id: user, ...own(n) })],
  [1, ({ someId, n }) => operating('set', someId, { shared: String(n), ...own(n) })],
  [1, ({ user, newId, n }) => operating('set', newId, { user_id: user, ...own(n) })],
  [1, ({ someId }) => operating('unset', someId, { shared: undefined })],
  [1, ({ someId }) => operating('touch', someId, {})],
  [
    0,
    () => ({
      what: 'wait',
      page: async (session, seen) => {
        await session.peek()
        seen.signal = session.signal
      },
    }),
  ],
]

/** Waits for the session's end, as a stream that stays open: in some schedules only. */
export const WAITING = KINDS.length - 1

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

export function toPlan(order: Order): Plan {
  const [, kind] = KINDS[order.kind]!
  return kind({ ...order, random: seeded(order.seed) })
}
