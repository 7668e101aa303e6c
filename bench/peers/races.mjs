import { startInstance } from './instance.mjs'
import { Turns } from './turns.mjs'

const USER = '7'
const KINDS = ['write', 'write', 'write', 'read', 'sign-in', 'sign-in', 'sign-out', 'end-all']

/** What may be broken: of so many cases so many were. */
export const PROMISES = ['lost', 'back', 'notEnded', 'underWay', 'notFound']

/**
 * Runs schedules of four requests each on two instances of a library, which share one Redis and one user with two
 * sessions. The requests of a schedule are the same for each library; the order of their steps is drawn from the seed.
 */
export async function measureRaces(name, { redis, schedules, seed }) {
  const turns = new Turns()
  const node = redis.config.nodes[0]
  const instances = [
    await startInstance(name, { node, turns }),
    await startInstance(name, { node, turns }),
  ]
  const counts = Object.fromEntries(PROMISES.map((it) => [it, { cases: 0, broken: 0 }]))
  let failed = 0
  try {
    for (let i = 0; i < schedules; i++) {
      await redis.client.flushdb()
      const plan = planOf(random(seed, i))
      const history = await runSchedule(plan, { instances, turns, random: random(seed, ~i) })
      failed += history.actions.filter(({ status }) => status >= 500).length
      for (const [promise, broken] of judge(history)) {
        counts[promise].cases++
        counts[promise].broken += Number(broken)
      }
    }
  } finally {
    await Promise.all(instances.map((instance) => instance.stop()))
  }
  const [{ list }] = instances
  const able = PROMISES.filter((it) => list || !['notEnded', 'underWay', 'notFound'].includes(it))
  return { promises: Object.fromEntries(able.map((it) => [it, counts[it]])), failed }
}

function planOf(next) {
  return Array.from({ length: 4 }, (_, number) => ({
    kind: KINDS[next(KINDS.length)],
    instance: next(2),
    // Most are about the first session, so that they meet.
    session: next(4) === 0 ? 1 : 0,
    field: `f${number}`,
  }))
}

async function runSchedule(plan, { instances, turns, random: choose }) {
  const [first] = instances
  const signIn = () => first.request(`/sign-in?value=${USER}`)
  const sessions = [await signIn(), await signIn()].map(({ cookie }) => ({ cookie, ended: 0 }))
  turns.now = 0
  const actions = plan.filter(({ kind }) => kind !== 'end-all' || first.list)
  const requests = actions.map(({ kind, instance, session, field }, number) => () => {
    const paths = {
      'sign-in': `?value=${USER}`,
      'end-all': `?value=${USER}`,
      write: `?value=${field}`,
    }
    const cookie = kind === 'sign-in' || kind === 'end-all' ? undefined : sessions[session].cookie
    return instances[instance].request(`/${kind}${paths[kind] ?? ''}`, { cookie, number })
  })
  const histories = await turns.run(requests, choose)
  const done = actions.map((action, i) => {
    const { began, ended, result } = histories[i]
    const ok = result.status === 200 && !result.body.refused
    return { ...action, began, ended, ok, status: result.status, cookie: result.cookie }
  })
  for (const { kind, ok, cookie, began, ended } of done) {
    if (kind === 'sign-in') sessions.push({ cookie: ok ? cookie : undefined, began, ended })
  }
  const listed = await first.list?.(USER)
  for (const session of sessions.filter(({ cookie }) => cookie !== undefined)) {
    const { body } = await first.request('/read', { cookie: session.cookie })
    session.alive = body.user_id === USER
    session.fields = body
    session.listed = listed?.includes(first.idOf(session.cookie))
  }
  return { actions: done, sessions }
}

/** Yields each case of a promise, and whether it was broken. Only what was answered with success counts. */
function* judge({ actions, sessions }) {
  const done = actions.filter(({ ok }) => ok)
  const signOuts = done.filter(({ kind }) => kind === 'sign-out')
  const endAlls = done.filter(({ kind }) => kind === 'end-all')
  for (const [number, { alive = false, fields, listed, began = 0, ended }] of sessions.entries()) {
    const signedOut = signOuts.some(({ session }) => session === number)
    if (signedOut) yield ['back', alive]
    if (!signedOut && endAlls.length === 0) {
      const writes = done.filter(({ kind, session }) => kind === 'write' && session === number)
      for (const { field } of writes) if (alive) yield ['lost', Number(fields[field]) !== 1]
    }
    if (endAlls.some((end) => ended < end.began)) yield ['notEnded', alive && !signedOut]
    else if (endAlls.some((end) => began < end.began)) yield ['underWay', alive]
    if (alive && listed !== undefined) yield ['notFound', !listed]
  }
}

/** Numbers below `n`, from a seed (mulberry32). */
function random(seed, stream) {
  let state = Math.imul(seed ^ stream, 0x9e3779b1) >>> 0
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n)
  }
}
