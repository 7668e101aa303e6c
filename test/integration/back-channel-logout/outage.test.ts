/** Where Redis cannot do its part the provider is told to try again, and the same token counts then. */
import { Redis } from 'ioredis'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  createLogoutSite,
  createProvider,
  type LogoutProvider,
  signedIn,
} from '../../support/logout-provider.js'
import { startServer } from '../../support/servers/server.js'

const STORE = { code: 'ERR_SESSION_STORE', status: 503 }

let provider: LogoutProvider
beforeAll(async () => {
  provider = await createProvider()
})

describe.each([
  ['one node', false],
  ['the cluster protocol', true],
])('on %s', (_, cluster) => {
  /** A site on a server of its own, whose user has no right to some commands at first. */
  async function start(...rights: string[]) {
    const server = await startServer()
    onTestFinished(() => server.stop())
    const allow = (...changes: string[]) =>
      server.command('ACL', 'SETUSER', 'sessions', 'on', '>secret', '~*', '&*', '+@all', ...changes)
    await allow()
    const client = new Redis(server.url, { username: 'sessions', password: 'secret' })
    onTestFinished(() => client.disconnect())
    const app = createLogoutSite(provider, { client, cluster, timeout: '1 second' })
    const ann = await signedIn(app, provider.login())
    await allow(...rights)
    return { server, app, ann, allow }
  }

  test('a Redis that hangs', async () => {
    const { server, app, ann } = await start()
    const token = await provider.sign()
    server.freeze()
    expect(await app.post(token)).toBe(503)
    expect(app.errors).toMatchObject([STORE])
    await expect(app.logout.check(provider.login())).rejects.toMatchObject(STORE)
    server.thaw()
    expect(await app.post(token)).toBe(200)
    expect(await ann.whoIs()).toBeUndefined()
  })

  test('sessions that cannot be ended', async () => {
    const { app, ann, allow } = await start('-sscan')
    const token = await provider.sign()
    for (let tries = 0; tries < 2; tries++) expect(await app.post(token)).toBe(503)
    expect(app.errors).toMatchObject([STORE, STORE])
    await allow()
    expect(await ann.whoIs()).toBe('ann')
    expect(await app.post(token)).toBe(200)
    expect(await ann.whoIs()).toBeUndefined()
  })

  test('sessions that have ended, and a jti that cannot be kept', async () => {
    const { app, ann, allow } = await start('-hset')
    const token = await provider.sign()
    expect(await app.post(token)).toBe(503)
    await allow()
    expect(await ann.whoIs()).toBeUndefined()
    expect(await app.post(token)).toBe(200)
    expect(await app.post(token)).toBe(400)
  })

  test('"cannot tell" is not "was never received"', async () => {
    const { app, ann, allow } = await start('-hmget')
    expect(await app.post(await provider.sign())).toBe(503)
    await allow()
    expect(await ann.whoIs()).toBe('ann')
  })
})
