import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RedisServer, startServer } from '../../support/servers/server.js'
import { createSite, fill } from '../../support/admin-app.js'

describe('While Redis does not answer', () => {
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

  test('each page says so, and never that there are no sessions', async () => {
    // Not by the session, so that somebody is authorised all the same.
    const page = { authorize: () => true }
    const site = await createSite({ options: { client, timeout: 500 }, page })
    await fill(site.Session, 3, { user_id: '7', ip: 'token' })
    const operator = await site.signedIn()
    const csrf = await operator.token()
    server.freeze()
    try {
      for (const method of ['GET', 'POST']) {
        for (const address of ['', 'end-all']) {
          if (method === 'POST' && address === '') continue
          const query = 'field=user_id&value=7'
          if (method === 'GET') await operator.open(`/admin/${address}?${query}`)
          else await operator.post(`/admin/${address}?${query}`, { csrf })
          expect(operator.status).toBe(503)
          expect(operator.words).toContain('cannot be reached right now')
          expect(operator.words).not.toMatch(/\b0 sessions|no sessions/)
          expect(operator.headers.get('retry-after')).toBe('5')
          expect(operator.headers.get('cache-control')).toBe('no-store')
          expect(operator.headers.get('content-security-policy')).toContain("default-src 'none'")
        }
      }
      expect(site.errors).toHaveLength(3)
      for (const error of site.errors) expect(error).toMatchObject({ code: 'ERR_SESSION_STORE' })
    } finally {
      server.thaw()
    }
    await operator.open('/admin/?field=user_id&value=7')
    expect(operator.words).toContain('3 sessions with user_id 7')
  })

  test('the first page says so too, and still offers the form', async () => {
    const site = await createSite({
      options: { client, timeout: 500 },
      page: { authorize: () => true, recent: async () => [{ at: 0, event: 'signed-in' }] },
    })
    const operator = await site.signedIn({ role: 'operator', user_id: '7' })
    await operator.open('/admin/')
    expect(operator.words).toMatch(/Redis answers in \d+\.\d ms\./)
    server.freeze()
    try {
      await operator.open('/admin/')
      expect(operator.status).toBe(503)
      expect(operator.headers.get('retry-after')).toBe('5')
      expect(operator.headers.get('cache-control')).toBe('no-store')
      expect(operator.words).toContain('Redis does not answer.')
      expect(operator.words).toContain('That does not mean that there are none.')
      expect(operator.words).not.toContain('Redis answers')
      expect(operator.words).toContain('Recent activity')
      expect(operator.text).toContain('name="value"')
      expect(site.errors).toEqual([expect.objectContaining({ code: 'ERR_SESSION_STORE' })])
    } finally {
      server.thaw()
    }
    await operator.open('/admin/')
    expect(operator.status).toBe(200)
    expect(operator.words).toMatch(/Redis answers in/)
  })

  test('a visitor whose session cannot be read is not let in', async () => {
    const site = await createSite({ options: { client, timeout: 500 } })
    const operator = await site.signedIn()
    server.freeze()
    try {
      await operator.open('/admin/style.css')
      expect(operator).toMatchObject({ status: 503, text: 'Service Unavailable' })
    } finally {
      server.thaw()
    }
  })
})
