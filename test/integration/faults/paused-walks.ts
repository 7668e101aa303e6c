/** Walks through large sets that stand still in the middle, while something happens to the servers. */
import type { Redis } from 'ioredis'
import { createId } from '../../../src/store/token.js'
import type { RedisClient, SessionMiddleware } from '../../../src/index.js'
import { createApp } from '../../support/app.js'
import { nameCommand } from '../../support/proxy/command-names.js'
import type { Exchange, Traffic } from '../../support/proxy/proxy.js'

/** More than one page of 500: by then a cursor of another server leaves out some hundred. */
export const SIZE = 1500
/** How many sessions are made at a time. */
const AT_ONCE = 200

/** Holds a walk once: its second page on its way to Redis, or its caller between two pages. */
export class Pause implements Traffic {
  readonly reached: Promise<void>
  #arrive = () => {}
  #go = () => {}
  readonly #gone: Promise<void>
  #over = false
  readonly where: 'at the proxy' | 'between pages'

  constructor(where: 'at the proxy' | 'between pages') {
    this.where = where
    this.reached = new Promise((resolve) => {
      this.#arrive = resolve
    })
    this.#gone = new Promise((resolve) => {
      this.#go = resolve
    })
  }

  go(): void {
    this.#go()
  }

  async #stand(): Promise<void> {
    if (this.#over) return
    this.#over = true
    this.#arrive()
    await this.#gone
  }

  async onCommand({ words }: Exchange): Promise<'pass'> {
    const cursor = words[4]
    const isLater = nameCommand(words).startsWith('SCAN_SET') && cursor !== '0'
    if (this.where === 'at the proxy' && isLater) await this.#stand()
    return 'pass'
  }

  /** Called by who walks, after each page. The next one is under way by then: it is waited for. */
  async between({ store }: SessionMiddleware): Promise<void> {
    if (this.where === 'at the proxy' || this.#over) return
    await store.get(createId())
    await this.#stand()
  }
}

/** A process of its own that walks: a held message holds all behind it. */
export interface Walker {
  readonly pause: Pause
  readonly Session: SessionMiddleware
}

export function walker(client: RedisClient, prefix: string, pause: Pause): Walker {
  return { pause, Session: createApp(client, { prefix, timeout: 30_000 }).Session }
}

/** Makes sessions of one user; their ids. */
export async function fill({ store }: SessionMiddleware, user_id: string): Promise<string[]> {
  const ids = Array.from({ length: SIZE }, () => store.createSessionId())
  await change({ store } as SessionMiddleware, ids, user_id)
  return ids
}

export async function change(
  { store }: SessionMiddleware,
  ids: readonly string[],
  user_id: string,
): Promise<void> {
  for (let i = 0; i < ids.length; i += AT_ONCE) {
    await Promise.all(ids.slice(i, i + AT_ONCE).map((id) => store.set(id, { user_id })))
  }
}

export async function find({ Session, pause }: Walker, user: string): Promise<string[]> {
  const found = new Set<string>()
  for await (const { id } of Session.find('user_id', user)) {
    await pause.between(Session)
    // Where a walk begins again, a session comes twice.
    found.add(id)
  }
  return [...found]
}

export async function revokeAll({ Session, pause }: Walker, user: string): Promise<number> {
  return Session.revokeAll('user_id', user, { onProgress: () => pause.between(Session) })
}

/**
 * Those members of a set that a walk would miss which reads its first page from one server and goes on
 * at another one with the cursor of the first.
 */
export async function betweenCursors(
  key: string,
  one: Redis,
  other: Redis,
  copy = key,
): Promise<string[]> {
  const members = new Set(await one.smembers(key))
  let [cursor, ids] = await one.sscan(key, 0, 'COUNT', 500)
  for (;;) {
    for (const id of ids) members.delete(id)
    if (cursor === '0') break
    ;[cursor, ids] = await other.sscan(copy, cursor, 'COUNT', 500)
  }
  return [...members]
}
