/** Sign-ins whose scripts can be lost, sent again, or made to wait. */
import { expect } from 'vitest'
import type { FieldValues } from '../../src/index.js'
import { RedisStore } from '../../src/store/redis/redis-store.js'
import type { Store, StorePolicy } from '../../src/store/store.js'
import { createToken } from '../../src/store/token.js'
import { encodeValues, login, POLICY, set } from './store.js'
import { redis } from './clients/redis.js'
import { SCRIPTS } from './scripts.js'

/** For `beforeAll`: a script that the server does not know is sent twice, and counted as another one. */
export async function loadScripts(): Promise<void> {
  await Promise.all(Object.values(SCRIPTS).map(({ lua }) => redis().script('LOAD', lua)))
}

type Send = (command: string, ...args: string[]) => Promise<unknown>

/** What becomes of the n-th script, from 1 on. */
export type OnScript = (n: number, run: () => Promise<unknown>) => Promise<unknown>

interface Options {
  readonly prefix: string
  readonly cluster: boolean
  readonly policy?: StorePolicy
  readonly onScript?: OnScript | undefined
}

export function open({ prefix, cluster, policy = POLICY, onScript }: Options): RedisStore {
  let scripts = 0
  const call: Send = async (command, ...args) => {
    const run = () => redis().call(command, ...args)
    return onScript && command === 'evalsha' ? onScript(++scripts, run) : run()
  }
  return new RedisStore(
    { client: { isCluster: false, call }, prefix, timeout: 10_000, cluster },
    policy,
  )
}

export function limited(onMax: 'evict-oldest' | 'refuse', max = 1): StorePolicy {
  const references = new Map(POLICY.references).set('user_id', { rotate: true, max, onMax })
  return { ...POLICY, references }
}

export async function signIn(store: Store, values: FieldValues, since = performance.now()) {
  const { id, secretHash } = createToken(24)
  await store.create(id, secretHash, { ...encodeValues(values), since })
  return id
}

export const lost = () => Promise.reject(new Error('the connection is lost'))
export const STORE = { code: 'ERR_SESSION_STORE' }
export const REVOKED = { code: 'ERR_SESSION_REVOKED' }
export const HOW = ['create', 'update'] as const

/** A sign-in by a new session, or by one that is there. */
export async function signing(how: (typeof HOW)[number], plain: Store, since = performance.now()) {
  if (how === 'create') return (store: Store) => signIn(store, { user_id: 1 }, since)
  const { id, secretHash } = await login(plain, { a: 1 })
  return async (store: Store) => {
    const reply = await store.update(id, set({ user_id: 1 }, { secretHash, since }))
    expect(reply).toMatchObject({ expiresIn: POLICY.maxAge })
    return id
  }
}
