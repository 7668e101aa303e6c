import { SessionError } from '../../errors.js'
import { record } from '../../events.js'
import { isUnproven } from '../binding.js'
import { isId } from '../token.js'
import { Keys } from '../keys.js'
import {
  type Changes,
  type DeleteOptions,
  endedBy,
  type Explanation,
  GONE,
  type RevokeAllOptions,
  type Lifetime,
  type Moment,
  PAGE,
  type Refusal,
  type SessionDetails,
  type Store,
  type StoredBinding,
  type StoredSession,
  type StorePolicy,
  type StoreProvider,
  type Update,
  type Updated,
  type WalkOptions,
  type Watcher,
} from '../store.js'
import { Watches } from '../watches.js'
import { confirmBinding, keepKey, takeBinding } from './binding.js'
import { createSession, type MemorySession, SessionMap } from './session-map.js'
import { makeRoom, rotatingValues, signIn } from './sign-in.js'
import { detailsOf, idleTimeOf, lifetimeOf } from './times.js'
import { changeValues, pick } from './values.js'

/**
 * Sessions in this process, for development and tests. They are lost when it ends, and other processes do not see
 * them, so with `NODE_ENV=production` this store has to be named.
 *
 * @example
 * const Session = sessions(app, { store: new MemoryStore(), references: { user_id: {} } })
 */
export class MemoryStore implements StoreProvider {
  readonly #sessions = new SessionMap()

  /** Opens its sessions; `sessions(app, { store })` calls this. */
  open(policy: StorePolicy, prefix: string): Store {
    return new OpenMemoryStore(this.#sessions, policy, prefix)
  }
}

/** The contract in ../store.ts in a Map. Each method does its work before its first `await`, as one script does. */
class OpenMemoryStore implements Store {
  readonly client = undefined
  readonly #sessions: SessionMap
  readonly #policy: StorePolicy
  readonly #keys: Keys
  readonly #checkSoon = (key: string): void => queueMicrotask(() => this.#check(key))
  readonly #watches = new Watches({ check: this.#checkSoon, checkAgain: this.#checkSoon })

  constructor(sessions: SessionMap, policy: StorePolicy, prefix: string) {
    this.#sessions = sessions
    this.#policy = policy
    this.#keys = new Keys(prefix)
  }

  async read(id: string, fields?: readonly string[]): Promise<StoredSession | undefined> {
    const session = this.#live(id)
    if (session === undefined) return undefined
    const { secretHash, signedInAt, binding } = session
    return { values: pick(session.values, fields), secretHash, signedInAt, binding }
  }

  async inspect(id: string, fields?: readonly string[]): Promise<SessionDetails | undefined> {
    const session = this.#live(id)
    return session && detailsOf(this.#policy, session, fields)
  }

  async explain(id: string, secretHash: string, requestStartedAt: number): Promise<Explanation> {
    return this.#sessions.explain(this.getSessionKey(id), secretHash, requestStartedAt)
  }

  now(): Moment {
    const now = Date.now()
    return { earliest: now, latest: now }
  }

  async readBinding(id: string): Promise<StoredBinding | undefined> {
    const { secretHash, binding, publicKey } = this.#live(id) ?? {}
    return binding === undefined ? undefined : { secretHash, binding, publicKey }
  }

  async bind(id: string, secretHash: string, publicKey: string): Promise<'bound' | 'refused'> {
    const session = this.#live(id)
    if (session === undefined || session.secretHash !== secretHash) return 'refused'
    return keepKey(session, publicKey)
  }

  async confirmBinding(id: string, binding: string): Promise<void> {
    const session = this.#live(id)
    if (session !== undefined && confirmBinding(session, binding)) this.#tellWatchers(session)
  }

  async create(id: string, secretHash: string, changes: Changes): Promise<Lifetime> {
    if (this.#live(id) !== undefined) {
      throw new SessionError('ERR_SESSION_STORE', 'a session with this new id exists already')
    }
    return this.#create(id, secretHash, changes)
  }

  async adopt(
    id: string,
    secretHash: string,
    changes: Changes,
    until: number,
  ): Promise<Lifetime | undefined> {
    const session = this.#live(id)
    if (session?.secretHash === secretHash) return lifetimeOf(session)
    const key = this.getSessionKey(id)
    if (session !== undefined || this.#sessions.adoptedUntil(key) !== undefined) return undefined
    const lifetime = this.#create(id, secretHash, { ...changes, since: -Infinity })
    this.#sessions.markAdopted(key, until)
    return lifetime
  }

  async adoptedUntil(id: string): Promise<number | undefined> {
    return this.#sessions.adoptedUntil(this.getSessionKey(id))
  }

  #create(id: string, secretHash: string | undefined, changes: Changes): Lifetime {
    const now = Date.now()
    const key = this.getSessionKey(id)
    const session = createSession({ id, key, secretHash, now, binding: changes.binding })
    if (changes.signsIn === true) session.signedInAt = now
    makeRoom(this.#sessions, this.#policy, this.#keys, session, changes)
    changeValues(session.values, changes)
    this.#sessions.add(session, this.#sets(session))
    return this.#touch(session, changes, now)
  }

  async update(id: string, update: Update): Promise<Updated | Explanation> {
    const { secretHash, renewal } = update
    const session = this.#live(id)
    if (session === undefined && secretHash === undefined) return GONE
    if (session === undefined || (secretHash !== undefined && secretHash !== session.secretHash)) {
      return this.#sessions.explain(this.getSessionKey(id), secretHash ?? '', update.since)
    }
    if (isUnproven(session.binding, update.proof, Date.now())) {
      return { ...GONE, refusal: 'unproven' }
    }
    // The absolute timeout may have been shortened.
    if (idleTimeOf(this.#policy, session) <= 0) {
      this.#sessions.remove(session)
      record('ended', { id, references: {}, by: 'time', reason: 'expired' })
      return GONE
    }
    makeRoom(this.#sessions, this.#policy, this.#keys, session, update)
    const before = rotatingValues(this.#policy, session)
    const wouldHaveExpiredAt = session.expiresAt
    if (update.signsIn === true) signIn(this.#policy, session, update)
    const incremented = changeValues(session.values, update)
    this.#sessions.join(session, this.#sets(session))
    const renewed =
      renewal !== undefined &&
      (renewal.when === 'always' || before !== rotatingValues(this.#policy, session))
    if (renewed) this.#sessions.renew(session, renewal.secretHash)
    const canBind = renewed && takeBinding(session, update)
    const lifetime = this.#touch(session, update, Date.now())
    return { ...lifetime, wouldHaveExpiredAt, renewed, canBind, incremented }
  }

  async put(id: string, changes: Changes): Promise<void> {
    if (!isId(id)) throw new SessionError('ERR_SESSION_FIELD', 'this is not the id of a session')
    const updating = this.update(id, changes)
    if (this.#live(id) === undefined) this.#create(id, undefined, changes)
    await updating
  }

  async delete(id: string, options: DeleteOptions = {}): Promise<'deleted' | Refusal> {
    const { owner, having, reason } = options
    const end = { by: endedBy(options), reason }
    const session = this.#live(id)
    if (having !== undefined && session?.values.get(having.field) !== having.value) return 'gone'
    if (owner === undefined) {
      if (session === undefined) return 'gone'
      this.#sessions.end(session, this.#policy, end)
      return 'deleted'
    }
    const { secretHash, requestStartedAt } = owner
    if (secretHash !== session?.secretHash) {
      const key = this.getSessionKey(id)
      const { refusal } = this.#sessions.explain(key, secretHash, requestStartedAt)
      if (session === undefined || refusal !== 'superseded') return refusal
    }
    this.#sessions.end(session, this.#policy, end)
    return 'deleted'
  }

  async *find(
    field: string,
    value: string,
    { signal }: WalkOptions = {},
  ): AsyncGenerator<SessionDetails, void, undefined> {
    signal?.throwIfAborted()
    for (const key of this.#sessions.keys(this.getReferenceKey(field, value))) {
      // It may have ended or changed while the caller had its predecessor.
      const session = this.#sessions.live(key)
      if (session?.values.get(field) === value) yield detailsOf(this.#policy, session)
      signal?.throwIfAborted()
    }
  }

  async count(field: string, value: string, { signal }: WalkOptions = {}): Promise<number> {
    signal?.throwIfAborted()
    const keys = this.#sessions.keys(this.getReferenceKey(field, value))
    return keys.filter((key) => this.#sessions.live(key) !== undefined).length
  }

  async revokeAll(
    field: string,
    value: string,
    { except, reason, by = 'operator', signal, onProgress }: RevokeAllOptions = {},
  ): Promise<number> {
    signal?.throwIfAborted()
    const revocation = { field, value, except, reason, by }
    const set = this.getReferenceKey(field, value)
    this.#sessions.beginRevocation(set, this.#policy)
    const keys = this.#sessions.keys(set)
    const total = keys.length
    let ended = 0
    for (let seen = 0; seen < total;) {
      const page = keys.slice(seen, seen + PAGE)
      const revoke = (key: string) => this.#sessions.revoke(key, this.#policy, revocation)
      ended += page.filter(revoke).length
      seen += page.length
      await onProgress?.({ ended, seen, total })
      signal?.throwIfAborted()
    }
    return ended
  }

  async revokedAgo(field: string, value: string): Promise<number | undefined> {
    return this.#sessions.revokedAgo(this.getReferenceKey(field, value))
  }

  watch(id: string, watcher: Watcher): () => void {
    const unwatch = this.#watches.add(this.getSessionKey(isId(id) ? id : ''), watcher)
    this.#sessions.watches.add(this.#watches)
    return unwatch
  }

  #check(key: string): void {
    const session = this.#sessions.live(key)
    if (session === undefined) this.#watches.ended(key)
    else this.#watches.live(key, session.expiresAt - Date.now(), session)
  }

  async close(): Promise<void> {
    this.#sessions.watches.delete(this.#watches)
    this.#watches.close()
  }

  getSessionKey(id: string): string {
    return this.#keys.session(id)
  }

  getReferenceKey(field: string, value: string): string {
    return this.#keys.set(field, value)
  }

  #live(id: string): MemorySession | undefined {
    return isId(id) ? this.#sessions.live(this.getSessionKey(id)) : undefined
  }

  #touch(session: MemorySession, { maxAge }: Changes, now = Date.now()): Lifetime {
    session.maxAge = maxAge ?? session.maxAge
    session.expiresAt = now + idleTimeOf(this.#policy, session, now)
    session.lastActiveAt = now
    this.#tellWatchers(session)
    return lifetimeOf(session, now)
  }

  #tellWatchers(session: MemorySession): void {
    const timeLeft = session.expiresAt - Date.now()
    for (const watches of this.#sessions.watches) watches.live(session.key, timeLeft, session)
  }

  #sets(session: MemorySession): string[] {
    return [...this.#policy.references.keys()].flatMap((field) => {
      const value = session.values.get(field)
      return value === undefined ? [] : [this.getReferenceKey(field, value)]
    })
  }
}
