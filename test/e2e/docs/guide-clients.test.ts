/** The code of the guide's pages about Redis clients is run here, and used. */
import { once } from 'node:events'
import type { Cluster } from 'ioredis'
import type { createClient } from 'redis'
import { expect, test } from 'vitest'
import { openSite, type Site } from './site.js'

async function signIn(site: Site, Session: unknown): Promise<void> {
  const agent = site.visitorsOf(Session as Site['Session'])
  await agent().post('/sign-in').send({ user_id: 7 }).expect(204)
  expect(await (Session as Site['Session']).revokeAll('user_id', 7)).toBe(1)
}

test('cluster-and-sentinel: sessions live on a cluster', async () => {
  const site = openSite('cluster-and-sentinel')
  const { cluster, Session } = await site.runSection('Cluster', ['cluster', 'Session'])
  const { status } = cluster as Cluster
  if (status !== 'ready') await once(cluster as Cluster, 'ready')
  await signIn(site, Session)
})

test('cluster-and-sentinel: a Sentinel client that ends for good ends the process', async () => {
  const exits: number[] = []
  const process = { exit: (code: number) => exits.push(code) }
  const site = openSite('cluster-and-sentinel', {}, { process })
  const { client, Session } = await site.runSection('Sentinel', ['client', 'Session'])
  await signIn(site, Session)
  const redis = client as Site['client']
  const ended = once(redis, 'end')
  redis.disconnect()
  await ended
  expect(exits).toEqual([1])
})

test('managed-services: one endpoint for a cluster', async () => {
  const site = openSite('managed-services')
  const { Session } = await site.runSection('One endpoint for a cluster', ['Session'])
  await signIn(site, Session)
})

test('node-redis: an outage is logged, and ends nothing', async () => {
  const logged: unknown[] = []
  const console = { error: (line: unknown) => logged.push(line) }
  const site = openSite('node-redis', {}, { console })
  const { client, Session } = await site.runSection('node-redis', ['client', 'Session'])
  await signIn(site, Session)
  const redis = client as ReturnType<typeof createClient>
  // Not `once`, which rejects with the error that comes before.
  const ready = new Promise((resolve) => redis.once('ready', resolve))
  await site.client.call('CLIENT', 'KILL', 'ID', String(await redis.clientId()))
  await ready
  expect(logged).toEqual([expect.any(String)])
  await signIn(site, Session)
})
