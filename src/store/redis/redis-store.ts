import { SessionError } from '../../errors.js'
import { Keys } from '../keys.js'
import {
  endedBy,
  GONE,
  type Changes,
  type DeleteOptions,
  type Explanation,
  type Lifetime,
  type Moment,
  type Refusal,
  type RevokeAllOptions,
  type SessionDetails,
  type Store,
  type StoredBinding,
  type StoredSession,
  type StorePolicy,
  type Update,
  type Updated,
  type WalkOptions,
  type Watcher,
} from '../store.js'
import { isId } from '../token.js'
import { Background } from './background.js'
import { Connection } from './client/connection.js'
import { connectPort, type RedisClient } from './client/detection.js'
import { type RedisContext, serverNow } from './context.js'
import { EndSubscriber } from './end-subscriber.js'
import { ClusterIndex } from './indexing/cluster.js'
import { type Creation, type IndexProtocol, recordEnds } from './indexing/index-protocol.js'
import { OneNodeIndex } from './indexing/one-node.js'
import { BURIED_FOR } from './indexing/timing.js'
import { explain, refusalOf } from './operations/explain.js'
import { countSessions, findSessions } from './operations/find.js'
import { inspectSession, readBinding, readSession } from './operations/read.js'
import { revokeAllSessions } from './operations/revoke-all.js'
import { BIND_SESSION } from './scripts/bind-session.js'
import { CONFIRM_BINDING } from './scripts/confirm-binding.js'
import { DELETE_SESSION } from './scripts/delete-session.js'
import { bindingDigest } from './scripts/lib/proof.js'
import { REVOKED_AGO } from './scripts/revoked-ago.js'
import { SET_FIELDS } from './scripts/set-fields.js'
import { ServerClock } from './server-clock.js'

/** How often somebody else may create and end a session between the two steps of one `put`. */
const MOST_TRIES = 5

export interface RedisStoreOptions {
  readonly client: RedisClient
  readonly prefix: string
  /** How long a call may wait for Redis, ms. */
  readonly timeout: number
  /** Whether to keep to what a cluster allows; `undefined`: as the client says. */
  readonly cluster: boolean | undefined
}

/** The contract in ../store.ts on Redis or Valkey. */
export class RedisStore implements Store {
  readonly client: RedisClient
  readonly #context: RedisContext
  readonly #index: IndexProtocol
  readonly #subscriber: EndSubscriber

  constructor({ client, prefix, timeout, cluster }: RedisStoreOptions, policy: StorePolicy) {
    const port = connectPort(client)
    const connection = new Connection(port, timeout)
    const references = [...policy.references.keys()]
    this.client = client
    this.#context = {
      connection,
      keys: new Keys(prefix),
      policy,
      references,
      clock: new ServerClock(),
      background: new Background(),
    }
    this.#index = new ((cluster ?? port.cluster) ? ClusterIndex : OneNodeIndex)(this.#context)
    this.#subscriber = new EndSubscriber(connection)
  }

  read(id: string, fields?: readonly string[]): Promise<StoredSession | undefined> {
    return isId(id) ? readSession(this.#context, id, fields) : Promise.resolve(undefined)
  }

  async inspect(id: string, fields?: readonly string[]): Promise<SessionDetails | undefined> {
    return inspectSession(this.#context, this.#context.connection.call(), id, fields)
  }

  async explain(id: string, secretHash: string, requestStartedAt: number): Promise<Explanation> {
    const asker = { secretHash, since: requestStartedAt }
    return explain(this.#context, this.#context.connection.call(), id, asker)
  }

  now(id: string): Moment | Promise<Moment> {
    return serverNow(this.#context, id)
  }

  async readBinding(id: string): Promise<StoredBinding | undefined> {
    return isId(id) ? readBinding(this.#context, id) : undefined
  }

  async bind(id: string, secretHash: string, publicKey: string): Promise<'bound' | 'refused'> {
    if (!isId(id)) return 'refused'
    const { connection, keys } = this.#context
    return connection.call().run(BIND_SESSION, { hash: keys.session(id), secretHash, publicKey })
  }

  async confirmBinding(id: string, binding: string): Promise<void> {
    const { connection, keys } = this.#context
    const digest = bindingDigest(binding)
    await connection.call().run(CONFIRM_BINDING, { hash: keys.session(id), digest })
  }

  async create(id: string, secretHash: string, changes: Changes): Promise<Lifetime> {
    const lifetime = await this.#create({ id, secretHash, changes })
    if (lifetime !== undefined) return lifetime
    throw new SessionError('ERR_SESSION_STORE', 'a session with this new id exists already')
  }

  #create(creation: Creation): Promise<Lifetime | undefined> {
    return this.#index.create(this.#context.connection.call(), creation)
  }

  async adopt(
    id: string,
    secretHash: string,
    changes: Changes,
    until: number,
  ): Promise<Lifetime | undefined> {
    const started = { ...changes, since: -Infinity }
    return this.#create({ id, secretHash, changes: started, adoptedUntil: until })
  }

  async adoptedUntil(id: string): Promise<number | undefined> {
    const { connection, keys } = this.#context
    const until = await connection.call().send('get', [keys.adopted(id)])
    return typeof until === 'string' ? Number(until) : undefined
  }

  async update(id: string, update: Update): Promise<Updated | Explanation> {
    if (!isId(id)) return GONE
    const { connection, keys, policy } = this.#context
    const call = connection.call()
    const fields = plainFields(update, policy)
    if (fields !== undefined) {
      const reply = await call.run(SET_FIELDS, {
        hash: keys.session(id),
        former: keys.former(id),
        secretHash: update.secretHash,
        fields,
        proof: update.proof,
        references: policy.references,
        maxAge: policy.maxAge,
        absoluteMaxAge: policy.absoluteMaxAge,
      })
      if (reply.status === 'updated') return reply.updated
      if (reply.status !== 'needs-sets') {
        return refusalOf(this.#context, call, id, update, reply)
      }
    }
    return this.#index.update(call, id, update)
  }

  async put(id: string, changes: Changes): Promise<void> {
    if (!isId(id)) throw new SessionError('ERR_SESSION_FIELD', 'this is not the id of a session')
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const outcome = await this.update(id, changes)
      if (!('refusal' in outcome) || outcome.refusal !== 'gone') return
      if ((await this.#create({ id, changes })) !== undefined) return
    }
    throw new SessionError('ERR_SESSION_STORE', 'the key of this session holds something else')
  }

  async delete(id: string, options: DeleteOptions = {}): Promise<'deleted' | Refusal> {
    if (!isId(id)) return 'gone'
    const { owner, having, reason } = options
    const { connection, keys, references } = this.#context
    const call = connection.call()
    const reply = await call.run(DELETE_SESSION, {
      hash: keys.session(id),
      former: keys.former(id),
      tombstone: keys.tombstone(id),
      secretHash: owner?.secretHash,
      requestAge: owner === undefined ? 0 : performance.now() - owner.requestStartedAt,
      having,
      reason,
      buryFor: BURIED_FOR,
      references,
    })
    if (reply.status !== 'deleted') {
      const asker = { secretHash: owner?.secretHash, since: owner?.requestStartedAt }
      return (await refusalOf(this.#context, call, id, asker, reply)).refusal
    }
    recordEnds(this.#context, [{ ...reply, id }], { by: endedBy(options), reason })
    await this.#index.leaveSets(call, id, reply)
    return reply.status
  }

  find(field: string, value: string, options?: WalkOptions): AsyncIterable<SessionDetails> {
    return findSessions(this.#context, this.#index, { field, value }, options)
  }

  async count(field: string, value: string, options?: WalkOptions): Promise<number> {
    return countSessions(this.#context, this.#index, { field, value }, options)
  }

  async revokeAll(field: string, value: string, options?: RevokeAllOptions): Promise<number> {
    return revokeAllSessions(this.#context, this.#index, { field, value }, options)
  }

  async revokedAgo(field: string, value: string): Promise<number | undefined> {
    const { connection, keys } = this.#context
    return connection.call().run(REVOKED_AGO, keys.ofValue(field, value))
  }

  watch(id: string, watcher: Watcher): () => void {
    // A malformed id may hold anything, but the key of the empty id names no session.
    return this.#subscriber.watch(this.#context.keys.session(isId(id) ? id : ''), watcher)
  }

  async close(): Promise<void> {
    this.#subscriber.close()
    await this.#context.background.settle()
  }

  getSessionKey(id: string): string {
    return this.#context.keys.session(id)
  }

  getReferenceKey(field: string, value: string): string {
    return this.#context.keys.set(field, value)
  }
}

/** The fields of an update that sets nothing else, and no reference: most are of this kind. */
function plainFields(
  { set, unset = [], increment, maxAge, renewal, signsIn }: Update,
  { references }: StorePolicy,
): ReadonlyMap<string, string> | undefined {
  if (set === undefined || set.size === 0 || unset.length > 0) return undefined
  if (increment !== undefined || maxAge !== undefined || renewal !== undefined) return undefined
  if (signsIn === true) return undefined
  for (const name of references.keys()) if (set.has(name)) return undefined
  return set
}
