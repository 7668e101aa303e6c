import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import Koa from 'koa'
import sessions from '../../dist/entry/import.mjs'
import { usedMemory } from './memory.mjs'
import { userNumber } from './sessions.mjs'

/** Calls under way at once. */
const AT_ONCE = 32
/** Sessions of one user, where all of them are ended together. */
const EACH = 25

/**
 * What each kind of call costs: commands, µs of the CPU of the primaries and of this process, bytes to and from the
 * primaries, and to their replicas. Then what an open stream costs.
 */
export async function measureCosts(primaries, client, calls) {
  const app = new Koa()
  // A machine that stalls for some seconds does not end the run.
  const Session = sessions(app, { client, references: { user_id: {} }, timeout: '30 seconds' })
  const request = (cookie) => {
    const message = new IncomingMessage(new Socket())
    if (cookie !== undefined) message.headers.cookie = cookie
    const ctx = app.createContext(message, new ServerResponse(message))
    return { ctx, session: Session.createSession(ctx) }
  }
  const sent = countCommands(client)
  let users = 0
  const signIn = async (user = userNumber(users++)) => {
    const { ctx, session } = request()
    await session.set({ user_id: user })
    const cookies = ctx.response.get('set-cookie')
    return cookies.map((cookie) => cookie.split(';', 1)[0]).join('; ')
  }
  const visitors = []
  const call = (work) => async (i) => work(request(visitors[i]).session, i)
  const kinds = {
    'sign-in': async (i) => {
      visitors[i] = await signIn()
    },
    read: call((session) => session.get('user_id')),
    write: call((session, i) => session.set({ count: i })),
    delete: call((session) => session.delete()),
  }
  try {
    await inParallel(AT_ONCE, (i) => kinds['sign-in'](i)) // Loads the scripts, opens connections.
    const costs = {}
    for (const [name, work] of Object.entries(kinds)) {
      costs[name] = await measure(primaries, sent, calls, () => inParallel(calls, work))
    }
    const crowd = calls / EACH
    const first = userNumber(users)
    users += crowd
    await inParallel(calls, (i) => signIn(first + (i % crowd)))
    costs['revokeAll, a session'] = await measure(primaries, sent, calls, async () => {
      await inParallel(crowd, (i) => Session.revokeAll('user_id', first + i))
    })
    await inParallel(calls, kinds['sign-in'])
    return { costs, stream: await measureStreams(primaries, request, visitors) }
  } finally {
    await Session.close()
    client.disconnect()
  }
}

/** Bytes of Redis and of this process for each stream that is open. */
async function measureStreams(primaries, request, visitors) {
  const redis = async () =>
    (await Promise.all(primaries.map(({ client }) => usedMemory(client)))).reduce(add)
  const before = { redis: await redis(), process: heap() }
  const open = await Promise.all(
    visitors.map(async (cookie) => {
      const { session } = request(cookie)
      await session.get('user_id')
      return session.signal
    }),
  )
  for (;;) {
    const channels = await Promise.all(primaries.map(({ client }) => client.pubsub('CHANNELS')))
    if (channels.flat().length >= open.length) break
    await sleep(100)
  }
  return {
    redis: ((await redis()) - before.redis) / open.length,
    process: (heap() - before.process) / open.length,
  }
}

async function inParallel(count, work) {
  let next = 0
  const loop = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, loop))
}

async function measure(primaries, sent, calls, work) {
  const sentBefore = sent()
  const before = await usage(primaries)
  const start = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(start)
  const after = await usage(primaries)
  const used = Object.keys(after).map((name) => [name, (after[name] - before[name]) / calls])
  const commands = (sent() - sentBefore) / calls
  return { commands, ...Object.fromEntries(used), process: (user + system) / calls }
}

async function usage(primaries) {
  const nodes = await Promise.all(
    primaries.map(async ({ client }) => {
      const info = await client.info('everything')
      const number = (name) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)[1])
      return {
        redis: (number('used_cpu_user') + number('used_cpu_sys')) * 1e6,
        in: number('total_net_input_bytes') - number('total_net_repl_input_bytes'),
        out: number('total_net_output_bytes') - number('total_net_repl_output_bytes'),
        replication: number('master_repl_offset'),
      }
    }),
  )
  const names = Object.keys(nodes[0])
  return Object.fromEntries(
    names.map((name) => [name, nodes.map((node) => node[name]).reduce(add)]),
  )
}

/** Returns a function that returns how many commands the client was given. */
function countCommands(client) {
  const send = client.sendCommand
  let count = 0
  client.sendCommand = (...args) => {
    count++
    return send.apply(client, args)
  }
  return () => count
}

function heap() {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

function add(a, b) {
  return a + b
}
