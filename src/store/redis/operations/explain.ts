import { type Explanation, type Refusal, SUPERSEDED_FOR } from '../../store.js'
import type { Call } from '../client/connection.js'
import type { RedisContext } from '../context.js'
import { EXPLAIN } from '../scripts/explain.js'
import type { Refused } from '../scripts/lib/former.js'

/** How often to ask again where an exchange took too long to tell. */
const MOST_TRIES = 4

/** Who asks: the hash of a secret, and when the request began, by `performance.now()`. */
export interface Asker {
  readonly secretHash?: string | undefined
  readonly since?: number | undefined
}

/** Why a secret opens no session, and why that ended. */
export async function explain(
  { keys }: RedisContext,
  call: Call,
  id: string,
  { secretHash = '', since = performance.now() }: Asker,
): Promise<Explanation> {
  const session = { hash: keys.session(id), former: keys.former(id), secretHash }
  for (let tries = 1; ; tries++) {
    const sentAt = performance.now()
    const refused = await call.run(EXPLAIN, session)
    const refusal = refusalAt(performance.now(), refused, since)
    // The server read its clock between the two. In the end the exchange counts against the request.
    if (tries === MOST_TRIES || refusal === refusalAt(sentAt, refused, since)) {
      return { refusal, endReason: refused.reason }
    }
  }
}

/** Why a write was refused. An end may be a matter of less than that exchange took: then it asks again. */
export async function refusalOf(
  context: RedisContext,
  call: Call,
  id: string,
  asker: Asker,
  refused: Refused,
): Promise<Explanation> {
  const now = performance.now()
  const refusal = refusalAt(now, refused, asker.since ?? now)
  if (refusal === 'ended') return explain(context, call, id, asker)
  return { refusal, endReason: refused.reason }
}

/** What a refusal means to a request, if the server's clock was read at a moment of this process's. */
function refusalAt(readAt: number, { status, ago }: Refused, since: number): Refusal {
  const happenedAt = readAt - ago
  if (status === 'ended' && happenedAt < since) return 'gone'
  if (status === 'superseded' && happenedAt < since - SUPERSEDED_FOR) return 'gone'
  return status
}
