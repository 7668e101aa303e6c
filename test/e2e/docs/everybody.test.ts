/** "Everybody" in docs/guide/sign-out-everywhere.md is run here. */
import { Cluster, Redis } from 'ioredis'
import { expect, inject, onTestFinished, test } from 'vitest'
import { createId } from '../../../src/store/token.js'
import { type Browser, createSite } from '../../support/http-app.js'
import { startServer } from '../../support/servers/server.js'
import { readSections, run } from './blocks.js'

const script = readSections('docs/guide/sign-out-everywhere.md').get('Everybody')!

/** An application with sessions of every kind, and a visitor who is signed in. */
async function createFull(client: Redis | Cluster, prefix: string) {
  const references = { user_id: { max: 5 }, agent: { rotate: false } }
  const site = createSite({ client, prefix, references })
  const { store } = site.Session
  const others = Array.from({ length: 1200 }, (_, i) => ({ user_id: i, agent: `a\n"${i}" *` }))
  await Promise.all(others.map((values) => store.set(store.createSessionId(), values)))
  await site.Session.revokeAll('user_id', 1)
  const visitor = site.browser()
  await visitor.visit((s) => s.set({ user_id: 'visitor' }))
  // Leaves a superseded secret.
  await visitor.visit((s) => s.regenerate())
  return { ...site, visitor }
}

const userOf = async (browser: Browser) => (await browser.visit((s) => s.peek())).value['user_id']

test('a new prefix signs everybody out, and the script removes the old keys alone', async () => {
  const server = await startServer()
  const client = new Redis(server.url)
  onTestFinished(async () => {
    client.disconnect()
    await server.stop()
  })
  const { visitor } = await createFull(client, 'session')
  const next = createSite({ client, prefix: 'session-2' })
  const late = next.browser()
  for (const [name, value] of visitor.cookies) late.cookies.set(name, value)
  expect(await userOf(late)).toBeUndefined()
  expect(await userOf(visitor)).toBe('visitor')
  await late.visit((s) => s.set({ user_id: 'late' }))

  await client.mset('sessions:a', '1', 'my-session:a', '1', 'session', '1')
  await run(script, { client })
  expect(await client.info('commandstats')).not.toMatch(/cmdstat_(keys|flush)/)
  expect(await userOf(visitor)).toBeUndefined()
  expect(await userOf(late)).toBe('late')
  const left = (await client.keys('*')).filter((key) => !key.startsWith('session-2:'))
  expect(left.toSorted()).toEqual(['my-session:a', 'session', 'sessions:a'])
})

test('the script removes a prefix from all nodes of a cluster, whatever is in it', async () => {
  const cluster = new Cluster(inject('clusterNodes'))
  onTestFinished(() => cluster.disconnect())
  const id = createId()
  const old = `${id}-*[a-z]?\\`
  const { visitor } = await createFull(cluster, old)
  const other = await createFull(cluster, `${id}-xb?\\`)
  const code = script
    .replace("const old = 'session'", `const old = ${JSON.stringify(old)}`)
    .replace('[client]', "client.nodes('master')")
  await run(code, { client: cluster })
  const keys = await Promise.all(cluster.nodes('master').map((node) => node.keys(`${id}-*`)))
  expect(keys.flat().filter((key) => key.startsWith(`${old}:`))).toEqual([])
  expect(await userOf(visitor)).toBeUndefined()
  expect(await userOf(other.visitor)).toBe('visitor')
  expect(await other.Session.count('user_id', 2)).toBe(1)
})
