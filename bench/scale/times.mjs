import { median } from '../lib/statistics.mjs'
import { openSessions } from './sessions.mjs'

/** Users measured concurrently, if they have few sessions. */
const AT_ONCE = 32

/** Least number of sessions to measure. */
const ENOUGH = 20_000

/** Keys per pipeline of the raw delete: the page size of `revokeAll`. */
const PAGE = 500

/**
 * Times in µs per session of `find`, `count` and `revokeAll`, for users with `each` sessions. Every
 * second group of users is ended by a raw delete of the keys instead.
 */
export async function measureTimes(client, total, each) {
  await client.flushall()
  const { Session, populate } = openSessions(client)
  const users = Math.max(2, total / each)
  const people = await populate(users, each)
  const rss = memoryWatch()

  const seen = people.slice(0, Math.max(2, Math.ceil(ENOUGH / each)))
  // At least two groups, for `revokeAll` and the raw delete.
  const atOnce = each >= AT_ONCE ? 1 : Math.min(AT_ONCE, Math.ceil(seen.length / 2))
  const groups = groupsOf(seen, atOnce)
  const timed = (work) => timeEach(groups, each, work)
  const find = await timed(({ user }) => countFound(Session.find('user_id', user)))
  const count = await timed(({ user }) => Session.count('user_id', user))

  const revokes = []
  const raws = []
  for (const [i, group] of groups.entries()) {
    const time = (work) => timeEach([group], each, work)
    if (i % 2 === 0) revokes.push(await time(({ user }) => Session.revokeAll('user_id', user)))
    else raws.push(await time((person) => deleteRaw(client, Session, person)))
  }
  const pairs = raws.map((raw, i) => raw / revokes[i])
  return {
    sessions: users * each,
    each,
    find,
    count,
    revokeAll: median(revokes),
    raw: median(raws),
    ratio: median(pairs),
    rssGrowth: rss.stop(),
  }
}

/** The lower bound for `revokeAll`: it knows the keys and deletes them. */
async function deleteRaw(client, Session, { user, ids }) {
  let deleted = 0
  for (const page of groupsOf(ids, PAGE)) {
    const pipeline = client.pipeline()
    for (const id of page) pipeline.del(Session.store.getSessionKey(id))
    const replies = await pipeline.exec()
    deleted += replies.reduce((sum, [, number]) => sum + number, 0)
  }
  await client.del(Session.getReferenceKey('user_id', user))
  return deleted
}

async function countFound(found) {
  let count = 0
  for await (const { id } of found) count += id === undefined ? 0 : 1
  return count
}

/** µs per session: one group after another, its people concurrently. */
async function timeEach(groups, each, work) {
  let time = 0
  let people = 0
  for (const group of groups) {
    const start = performance.now()
    const counts = await Promise.all(group.map(work))
    time += performance.now() - start
    people += group.length
    const wrong = counts.find((count) => count !== each)
    if (wrong !== undefined) throw new Error(`${wrong} sessions instead of ${each}`)
  }
  return (time * 1000) / (people * each)
}

function groupsOf(items, size) {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  )
}

/** Measures the growth of this process at its peak, in bytes. */
function memoryWatch() {
  const before = process.memoryUsage.rss()
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss())
  }, 20)
  return {
    stop() {
      clearInterval(timer)
      return most - before
    },
  }
}
