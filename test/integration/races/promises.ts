import type { Cluster, Redis } from 'ioredis'
import { parseToken } from '../../../src/store/token.js'
import { until } from '../../support/until.js'
import { collect } from '../../support/store.js'
import { type App, OPTIONS } from '../../support/app.js'
import { type Event, type History, idOf, USERS } from './history.js'

/** A look at the servers themselves, past the proxies. */
type Direct = Redis | Cluster

const REFERENCES = Object.keys(OPTIONS.references)

const REFUSALS: readonly string[] = ['ERR_SESSION_REVOKED', 'ERR_SESSION_SUPERSEDED']

/**
 * What the README promises, looked for in a history and in Redis, after all has been answered.
 *
 * @returns what was broken, in words; none is what everybody hopes for
 */
export async function brokenPromises(
  history: History,
  app: App,
  direct: Direct,
  max = Infinity,
): Promise<string[]> {
  const broken = [...brokenAnswers(history)]
  const { store } = app.Session
  const ended = endings(history)
  const live = new Map<string, Record<string, string>>()
  const members = await Promise.all(
    USERS.map((user) => direct.smembers(store.getReferenceKey('user_id', user))),
  )
  for (const id of new Set([...history.ids(), ...members.flat()])) {
    const key = store.getSessionKey(id)
    // What ends by its time at this moment has ended.
    await until(`${id} ends`, async () => Math.abs((await direct.pttl(key)) - 500) > 500)
    const hash = await direct.hgetall(key)
    if (Object.keys(hash).length > 0) live.set(id, hash)
    else if (!history.mayHaveEnded(id, 0, Infinity) && history.ids().includes(id)) {
      broken.push(`${id} is gone, and nobody ended it`)
    }
  }
  for (const [id, hash] of live) {
    if (ended.has(id)) broken.push(`ended: ${id} was ended, and lives`)
    if (history.mayBeAnother(id)) continue
    if (hash.user_id !== undefined && history.wasUnderWay(id, hash.user_id)) {
      broken.push(`under way: ${id} signed in, all of ${hash.user_id} were ended, and it lives`)
    }
    broken.push(...lostUpdates(history, id, hash))
    broken.push(...(await missedBySets(app, direct, id, hash)))
    broken.push(...(await lostCookies(history, app, id, hash)))
  }
  for (const user of USERS) {
    // On a cluster a set may miss one that was made again.
    const sure = (ids: string[]) => ids.filter((id) => !history.mayBeAnother(id))
    const found = sure((await collect(app.Session.find('user_id', user))).map(({ id }) => id))
    const having = sure([...live].filter(([, hash]) => hash.user_id === user).map(([id]) => id))
    if (having.length > max) broken.push(`limit: ${user} has ${having.length} sessions`)
    if (String(found.toSorted()) !== String(having.toSorted())) {
      broken.push(`found: ${user} has ${having.join()}, find says ${found.join()}`)
    }
  }
  broken.push(...(await brokenSignals(history, live)))
  return broken
}

/** Who waited was told that the session has ended, or has another secret, and nobody else was told. */
async function brokenSignals(
  history: History,
  live: ReadonlyMap<string, Record<string, string>>,
): Promise<string[]> {
  const waiting = history.events.flatMap(({ id, signal, what, cookie, sent }) => {
    if (!id || !signal || history.mayBeAnother(id)) return []
    const hash = live.get(id)
    const held = parseToken(sent || cookie)?.secretHash
    return [
      { what: `${what} of ${id}`, signal, lives: hash !== undefined, kept: hash?.$secret === held },
    ]
  })
  const concerned = waiting.filter(({ kept }) => !kept)
  const told = until('all were told', async () => concerned.every(({ signal }) => signal.aborted))
  await told.catch(() => {})
  const wrong = waiting.filter(({ signal, lives, kept }) => {
    if (kept) return signal.aborted
    const codes = lives ? ['ERR_SESSION_SUPERSEDED'] : REFUSALS
    return !signal.aborted || !codes.includes(signal.reason as string)
  })
  return wrong.map(
    ({ what, signal, lives, kept }) =>
      `signal: ${what} was told ${String(signal.reason)}; ${lives ? 'it lives' : 'it has ended'}, ${kept ? 'with' : 'without'} its secret`,
  )
}

/** When each session that was ended had ended for certain. */
function endings(history: History): Map<string, number> {
  const ended = new Map<string, number>()
  for (const event of history.events) {
    for (const id of history.surelyEnded(event)) {
      if (history.mayBeAnother(id)) continue
      ended.set(id, Math.min(event.answered, ended.get(id) ?? Infinity))
    }
  }
  return ended
}

/** What the answers alone tell. */
function* brokenAnswers(history: History): Generator<string> {
  const ended = endings(history)
  for (const event of history.events) {
    const { what, begun, error, readId, id, search } = event
    if (
      error &&
      !(history.limited ? [...REFUSALS, 'ERR_SESSION_LIMIT'] : REFUSALS).includes(error.code)
    ) {
      yield `${what} failed: ${error.message} ${error.cause}`
    }
    if (event.operator !== undefined) continue
    for (const one of [readId, id]) {
      if (one && ended.get(one)! < begun) yield `ended: ${what} opened ${one}, which had ended`
    }
    if (readId && id && readId !== id) yield `${what} read ${readId}, and then wrote ${id}`
    if (id && id === idOf(event.cookie) && replacedBefore(history, event)) {
      yield `${what} opened ${id} with a cookie that had been replaced`
    }
    if (search) yield* brokenSearch(history, ended, event, search)
  }
}

function* brokenSearch(
  history: History,
  ended: ReadonlyMap<string, number>,
  { what, begun, answered }: Event,
  { user, found }: { user: string; found: readonly string[] },
): Generator<string> {
  for (const id of history.ids()) {
    if (history.mayBeAnother(id)) continue
    const since = history.writes(id, 'user_id').find(({ value }) => value === user)?.event.begun
    const had = since !== undefined && history.surelyHad(id, user, begun, answered)
    if (had && !history.mayHaveEnded(id, since, answered) && !found.includes(id)) {
      yield `found: ${what} missed ${id}`
    }
  }
  for (const id of found) {
    if (ended.get(id)! < begun) yield `ended: ${what} found ${id}, which had ended`
    if (history.surelyHadNot(id, user, begun, answered)) {
      yield `found: ${what} found ${id}, which had another user`
    }
  }
}

/** Whether a renewal had replaced its cookie, and had been answered, before a request began. */
function replacedBefore({ events }: History, { cookie, begun }: Event): boolean {
  return events.some(
    (other) =>
      other.answered < begun &&
      other.cookie === cookie &&
      other.sent !== undefined &&
      other.sent !== cookie &&
      idOf(other.sent) === idOf(cookie),
  )
}

function* lostUpdates(
  history: History,
  id: string,
  hash: Record<string, string>,
): Generator<string> {
  const fields = new Set(history.events.flatMap(({ writes }) => [...writes.keys()]))
  for (const field of fields) {
    const possible = history.possible(id, field)
    if (!possible.includes(hash[field])) {
      yield `lost: ${field} of ${id} is ${hash[field]}, and not ${possible.join(' or ')}`
    }
  }
  const counted = history.events.filter(
    (event) => event.id === id && event.increments && !event.error,
  )
  const least = history.signIns(id).length > 0 ? 0 : counted.length
  const count = Number(hash.count ?? 0)
  if (count < least || count > counted.length) {
    yield `lost: ${id} was incremented ${counted.length} times, to ${hash.count}`
  }
}

async function missedBySets(
  { Session: { store } }: App,
  direct: Direct,
  id: string,
  hash: Record<string, string>,
): Promise<string[]> {
  const broken: string[] = []
  for (const field of REFERENCES.filter((name) => name in hash)) {
    const set = store.getReferenceKey(field, hash[field]!)
    const isMember = (await direct.sismember(set, id)) === 1
    if (!isMember) broken.push(`found: ${id} has ${field} ${hash[field]}, and is not in its set`)
    // The hash is looked at second: by then it has rather less left.
    else if ((await direct.pttl(set)) < (await direct.pttl(store.getSessionKey(id)))) {
      broken.push(`found: ${id} outlives the set of ${field} ${hash[field]}`)
    }
  }
  return broken
}

/** Of all cookies that were sent for a session, exactly the one of its last renewal opens it. */
async function lostCookies(
  history: History,
  app: App,
  id: string,
  { $secret }: Record<string, string>,
): Promise<string[]> {
  const sent = new Set(history.events.map((event) => event.sent).filter((one) => idOf(one) === id))
  const broken: string[] = []
  let current = 0
  for (const cookie of sent) {
    const isCurrent = parseToken(cookie)?.secretHash === $secret
    if (isCurrent) current++
    const { value } = await app.request(cookie, (session) => session.peek())
    const opens = value !== undefined && 'id' in value && value.id === id
    if (opens !== isCurrent) {
      broken.push(
        `cookie: ${isCurrent ? 'the last' : 'an old'} one of ${id} opens ${String(opens)}`,
      )
    }
  }
  // The operator's have none.
  if (current === 0 && $secret !== undefined)
    broken.push(`cookie: nobody was sent the one that opens ${id}`)
  return broken
}
