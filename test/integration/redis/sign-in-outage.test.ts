import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RedisServer, startServer } from '../../support/servers/server.js'
import { createSite } from '../../support/http-app.js'

describe('a server that stops for a moment', () => {
  let server: RedisServer
  let client: Redis
  beforeAll(async () => {
    server = await startServer()
    client = new Redis(server.url)
  })
  afterAll(async () => {
    client.disconnect()
    await server.stop()
  })

  test('a login that seemed to fail is tried again on the same session', async () => {
    const site = createSite({ client, timeout: 500 })
    const browser = site.browser()
    const { value: before } = await browser.visit(async (s) => {
      await s.set({ basket: 'full' })
      return s.get()
    })
    const { value, error } = await browser.visit(async (s) => {
      server.freeze()
      const failed = s.set({ user_id: 7 })
      await expect(failed).rejects.toMatchObject({ code: 'ERR_SESSION_STORE', status: 503 })
      server.thaw()
      await s.set({ user_id: 7 })
      return s.get()
    })
    expect(error).toBeUndefined()
    expect(value).toEqual({ ...before, user_id: '7' })
    expect(await site.Session.count('user_id', 7)).toBe(1)
    expect((await browser.visit((s) => s.peek())).value['user_id']).toBe('7')
  })
})
