import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startRedis } from '../redis/server.mjs'
import { startInstance } from './instance.mjs'
import { Turns } from './turns.mjs'

const BENCH = fileURLToPath(new URL('..', import.meta.url))

/** What a library does with its defaults, one question each. `limit`: ms to wait for an answer without Redis. */
export async function measureFacts(name, { limit }) {
  const facts = await withInstance(name, async (instance, { turns, client }) => {
    const ask = (path, options) => cost(turns, instance, path, options)
    const { cookie } = await instance.request('/sign-in?value=1')
    const memory = await bytesPerSession(instance, client)
    await client.flushdb()
    const session = (await instance.request('/sign-in?value=1')).cookie ?? cookie
    return {
      stranger: await ask('/none'),
      unused: await ask('/none', { cookie: session }),
      read: await ask('/read', { cookie: session }),
      memory,
      stolen: await holdsSecret(instance, client, session),
      fixation: await anonymousCookieOpens(instance),
    }
  })
  const [hanging, stopped] = await Promise.all([
    withInstance(name, async (instance, { client }) => {
      const { cookie } = await instance.request('/sign-in?value=1')
      await client.call('CLIENT', 'PAUSE', 10 * limit, 'ALL')
      return answers(instance, cookie, limit)
    }),
    withInstance(name, async (instance, { stop }) => {
      const { cookie } = await instance.request('/sign-in?value=1')
      await stop()
      return answers(instance, cookie, limit)
    }),
  ])
  return { ...facts, hanging, stopped, installed: await installed(name) }
}

async function withInstance(name, work) {
  const redis = await startRedis()
  const turns = new Turns()
  let instance
  try {
    instance = await startInstance(name, { node: redis.node, turns })
    return await work(instance, { turns, ...redis })
  } finally {
    await instance?.stop()
    await redis.stop()
  }
}

/** Commands that a request sends, and whether its response sets a cookie. */
async function cost(turns, instance, path, options) {
  turns.taken = []
  const { set } = await instance.request(path, options)
  return { commands: turns.taken.length, cookie: set.length > 0 }
}

/** Bytes of all keys of a session, by MEMORY USAGE: of a hundred users with one session each. */
async function bytesPerSession(instance, client) {
  await client.flushdb()
  for (let user = 1; user <= 100; user++) await instance.request(`/sign-in?value=${user}`)
  const sizes = await Promise.all(
    (await client.keys('*')).map((key) => client.memory('USAGE', key)),
  )
  return sizes.reduce((sum, size) => sum + size, 0) / 100
}

/** Whether Redis holds what the cookie consists of, but for its signature. */
async function holdsSecret({ idOf, secretOf = idOf }, client, cookie) {
  const secret = decodeURIComponent(secretOf(cookie))
  const texts = await Promise.all(
    (await client.keys('*')).map(async (key) => {
      const type = await client.type(key)
      if (type === 'hash') return [key, ...Object.entries(await client.hgetall(key)).flat()]
      if (type === 'set') return [key, ...(await client.smembers(key))]
      return [key, await client.get(key)]
    }),
  )
  return texts.flat().some((text) => text.includes(secret))
}

/** Whether the cookie of a visitor, who then signs in with it, opens the signed-in session. */
async function anonymousCookieOpens(instance) {
  const { cookie } = await instance.request('/visit?value=x')
  // Some libraries have no session without a user.
  if (cookie === undefined) return undefined
  await instance.request('/sign-in?value=2', { cookie })
  const { body } = await instance.request('/read', { cookie })
  return body.user_id === '2'
}

/** The status of each request, or `none` where there is no answer in time. */
async function answers(instance, cookie, limit) {
  const ask = async (path, options) => {
    try {
      const { status } = await instance.request(path, {
        ...options,
        signal: AbortSignal.timeout(limit),
      })
      return status
    } catch {
      return 'none'
    }
  }
  const [unused, read, signIn] = await Promise.all([
    ask('/none', { cookie }),
    ask('/read', { cookie }),
    ask('/sign-in?value=1'),
  ])
  return { unused, read, signIn }
}

/** Number of packages that `npm install` brings for it, without peers, and bytes of their JavaScript. */
async function installed(name) {
  const { packages } = await import(`./libraries/${name}.mjs`)
  const roots = packages.length === 0 ? [join(BENCH, '..')] : packages.map((it) => [BENCH, it])
  const found = new Map()
  const visit = async (folder) => {
    if (found.has(folder)) return
    const { dependencies = {} } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    // Of this repository, only what is published.
    found.set(
      folder,
      await scriptBytes(folder === join(BENCH, '..') ? join(folder, 'dist') : folder),
    )
    for (const it of Object.keys(dependencies)) await visit(await locate(folder, it))
  }
  for (const root of roots) await visit(typeof root === 'string' ? root : await locate(...root))
  const bytes = [...found.values()].reduce((sum, size) => sum + size, 0)
  return { packages: found.size, bytes }
}

/** The folder of a dependency, as Node.js finds it. */
async function locate(from, name) {
  for (let folder = from; ; folder = join(folder, '..')) {
    const candidate = join(folder, 'node_modules', name)
    const there = await readFile(join(candidate, 'package.json')).catch(() => undefined)
    if (there) return candidate
    if (folder === '/') throw new Error(`${name} is not installed`)
  }
}

async function scriptBytes(folder) {
  const entries = await readdir(folder, { withFileTypes: true })
  const sizes = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return entry.name === 'node_modules' ? 0 : scriptBytes(path)
      if (!/\.[cm]?js$/.test(entry.name)) return 0
      const text = await readFile(path, 'utf8')
      return Buffer.byteLength(text.replace(/^\/\/# sourceMappingURL=data:.*$/m, ''))
    }),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
