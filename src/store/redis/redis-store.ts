import { SessionError } from '../../errors.js'
import { isId } from '../../token.js'
import type {
  Changes,
  DeleteAllOptions,
  Lifetime,
  Refusal,
  SessionDetails,
  Store,
  StoredSession,
  StorePolicy,
  Update,
  Updated,
  WalkOptions,
} from '../store.js'
import { connectPort, type RedisClient } from './clients/connect.js'
import { ClusterProtocol } from './cluster.js'
import { Connection } from './connection.js'
import type { RedisContext } from './context.js'
import { endSession, leaveSets } from './end.js'
import { Keys } from '../keys.js'
import { inspectSession, readSession } from './read.js'
import { countSessions, endSessions, findSessions } from './search.js'
import { SUPERSEDED } from './scripts/superseded.js'
import { SingleNodeProtocol } from './single-node.js'
import { Subscriber } from './subscriber.js'
import { createSession, updateSession } from './write.js'

/** How often somebody else may make and end a session between the two steps of one `put`. */
const MOST_TRIES = 5

export interface RedisStoreOptions {
  readonly client: RedisClient
  readonly prefix: string
  /** How long a call may wait for Redis, ms. */
  readonly timeout: number
  /** Whether to keep to what a cluster allows; `undefined`: as the client says. */
  readonly cluster: boolean | undefined
}

/** The contract on Redis or Valkey. What each method promises stands in ../store.ts. */
export class RedisStore implements Store {
  readonly client: RedisClient
  readonly #context: RedisContext
  readonly #subscriber: Subscriber

  constructor({ client, prefix, timeout, cluster }: RedisStoreOptions, policy: StorePolicy) {
    const port = connectPort(client)
    const connection = new Connection(port, timeout)
    const keys = new Keys(prefix)
    const protocol =
      (cluster ?? port.cluster) ? new ClusterProtocol(keys, policy) : new SingleNodeProtocol(keys)
    this.client = client
    const references = [...policy.references.keys()]
    this.#context = { connection, keys, policy, protocol, references }
    this.#subscriber = new Subscriber(connection)
  }

  async read(id: string, fields?: readonly string[]): Promise<StoredSession | undefined> {
    return isId(id) ? readSession(this.#context, id, fields) : undefined
  }

  async inspect(id: string, fields?: readonly string[]): Promise<SessionDetails | undefined> {
    return inspectSession(this.#context, this.#context.connection.call(), id, fields)
  }

  async isSuperseded(id: string, secretHash: string): Promise<boolean> {
    const { connection, keys } = this.#context
    return (await connection.call().run(SUPERSEDED, [keys.superseded(id)], [secretHash])) !== null
  }

  async create(id: string, secretHash: string, changes: Changes): Promise<Lifetime> {
    const lifetime = await createSession(this.#context, id, secretHash, changes)
    if (lifetime !== undefined) return lifetime
    throw new SessionError('ERR_SESSION_STORE', 'a session with this new id exists already')
  }

  async update(id: string, update: Update): Promise<Updated | Refusal> {
    return isId(id) ? updateSession(this.#context, id, update) : 'gone'
  }

  async put(id: string, changes: Changes): Promise<void> {
    if (!isId(id)) throw new SessionError('ERR_SESSION_FIELD', 'this is not the id of a session')
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      if ((await this.update(id, changes)) !== 'gone') return
      if ((await createSession(this.#context, id, undefined, changes)) !== undefined) return
    }
    throw new SessionError('ERR_SESSION_STORE', 'the key of this session holds something else')
  }

  async delete(id: string, secretHash = ''): Promise<'ended' | Refusal> {
    if (!isId(id)) return 'gone'
    const call = this.#context.connection.call()
    const reply = await endSession(this.#context, call, id, secretHash)
    const [status] = reply
    if (status !== 'ended') return status === 'superseded' ? status : 'gone'
    await leaveSets(this.#context, call, id, reply)
    return 'ended'
  }

  find(field: string, value: string, options?: WalkOptions): AsyncIterable<SessionDetails> {
    return findSessions(this.#context, { field, value }, options)
  }

  async count(field: string, value: string, options?: WalkOptions): Promise<number> {
    return countSessions(this.#context, { field, value }, options)
  }

  async deleteAll(field: string, value: string, options?: DeleteAllOptions): Promise<number> {
    return endSessions(this.#context, { field, value }, options)
  }

  watch(id: string, onEnd: () => void): () => void {
    // What is no id may hold anything, but the key made of it names no session.
    return this.#subscriber.watch(this.#context.keys.session(isId(id) ? id : ''), onEnd)
  }

  async close(): Promise<void> {
    this.#subscriber.close()
  }

  getSessionKey(id: string): string {
    return this.#context.keys.session(id)
  }

  getReferenceKey(field: string, value: string): string {
    return this.#context.keys.set(field, value)
  }
}
