/** What docs/redis.md shows to do by hand is done here. Its user is in test/integration/redis/acl.test.ts. */
import { readFileSync } from 'node:fs'
import { Redis } from 'ioredis'
import Koa from 'koa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sessions } from '../../../src/index.js'
import { type RedisServer, startServer } from '../../support/servers/server.js'
import { readSections, run } from './blocks.js'

const page = readFileSync(new URL('../../../docs/redis.md', import.meta.url), 'utf8')
const byHand = [...page.matchAll(/^redis-cli (\w+) '(session:[^']+)'/gm)].map(([, name, key]) => ({
  name: name!,
  key: key!,
}))

let server: RedisServer
let client: Redis
beforeAll(async () => {
  server = await startServer()
  client = new Redis(server.url)
})
afterAll(async () => {
  client?.disconnect()
  await server?.stop()
})

test('a session is looked at and ended by hand', async () => {
  const Session = sessions(new Koa(), { client, references: { user_id: {} } })
  const id = Session.store.createSessionId()
  await Session.store.set(id, { user_id: 7 })
  const replies: unknown[] = []
  for (const { name, key } of byHand) {
    replies.push(await client.call(name, key.replace('ID', id)))
  }
  const [ids, fields, ttl, deleted] = replies
  expect(ids).toEqual([id])
  expect(fields).toContain('user_id')
  expect(ttl).toBeGreaterThan(27 * 24 * 3600_000)
  expect(deleted).toBe(1)
  expect(await Session.store.get(id)).toEqual({})
  expect(await Session.count('user_id', 7)).toBe(0)
})

test('all sessions of a user are ended by a script', async () => {
  const { store } = sessions(new Koa(), { client, references: { user_id: {} } })
  for (let i = 0; i < 3; i++) await store.set(store.createSessionId(), { user_id: 7 })
  const said: unknown[] = []
  const script = readSections('docs/redis.md').get('By hand')!
  await run(script, { sessions, Koa, client, console: { log: (n: unknown) => said.push(n) } })
  expect(said).toEqual([3])
  const keys = await client.keys('session:*')
  // Those of sessions that an operator created, for a minute.
  const others = keys.filter((key) => !key.endsWith(':tombstone'))
  expect(others).toEqual(['session:user_id={7}:revoked'])
})
