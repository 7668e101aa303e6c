/** Renewed secrets, superseded cookies, and sessions that ended while somebody was at work. */
import { describe, expect, test, vi } from 'vitest'
import type { Session } from '../../../src/index.js'
import { redis } from '../../support/clients/redis.js'
import { createSite, STORES } from '../../support/http-app.js'

describe.each(STORES)('renewal in %s', (_, store) => {
  const site = createSite(store())
  const { Session: Sessions } = site

  test('signing in keeps the id and gives a new cookie; the old one opens nothing', async () => {
    const browser = site.browser()
    const { value: anonymous } = await browser.visit((s) => s.get())
    await browser.visit((s) => s.set({ basket: 'full' }))
    const planted = browser.copy()
    const { value, setCookies } = await browser.visit(async (s) => {
      await s.set({ user_id: 1 })
      return s.get()
    })
    expect(value).toEqual({ id: anonymous.id, basket: 'full', user_id: '1' })
    expect(setCookies).toHaveLength(1)
    expect(browser.cookie).not.toBe(planted.cookie)
    expect((await planted.visit((s) => s.peek())).value).toEqual({})
    expect((await browser.visit((s) => s.peek())).value).toMatchObject({ user_id: '1' })
  })

  test('the same value again, a rotate: false reference, or another field renews nothing', async () => {
    const browser = site.browser()
    await browser.visit((s) => s.set({ user_id: 2 }))
    const { cookie } = browser
    await browser.visit((s) => s.set({ user_id: '2' }))
    await browser.visit((s) => s.set({ ip: '127.0.0.1' }))
    await browser.visit((s) => s.set({ ip: '127.0.0.2', name: 'x' }))
    await browser.visit((s) => s.unset(['ip']))
    expect(browser.cookie).toBe(cookie)
    await browser.visit((s) => s.unset(['user_id']))
    expect(browser.cookie).not.toBe(cookie)
  })

  test('regenerate renews the secret, and starts a session if there is none', async () => {
    const browser = site.browser()
    expect((await browser.visit((s) => s.regenerate())).setCookies).toHaveLength(1)
    await browser.visit((s) => s.set({ a: 1 }))
    const old = browser.copy()
    const { value } = await browser.visit(async (s) => {
      await s.regenerate()
      return s.get()
    })
    expect(value).toMatchObject({ a: '1' })
    expect(browser.cookie).not.toBe(old.cookie)
    expect(browser.cookie?.slice(0, 20)).toBe(old.cookie?.slice(0, 20))
    expect((await browser.visit((s) => s.get())).value).toEqual(value)
    expect((await old.visit((s) => s.regenerate())).error?.code).toBe('ERR_SESSION_SUPERSEDED')
  })

  test('a page that throws afterwards still sends the new cookie, and no other header', async () => {
    const browser = site.browser()
    await browser.visit((s) => s.set({ basket: 'full' }))
    const mistake = new Error('thrown by more than one request')
    const failed = await browser.visit(async (s, ctx) => {
      ctx.cookies.set('other', 'x')
      ctx.set('X-Other', 'x')
      await s.set({ user_id: 'throws' })
      await s.set({ org_id: 'throws' })
      throw mistake
    })
    expect(failed.status).toBe(500)
    expect(failed.setCookies).toHaveLength(1)
    expect(failed.headers['cache-control']).toBe('no-store')
    expect(failed.headers['x-other']).toBeUndefined()
    expect((await browser.visit((s) => s.get())).value).toMatchObject({
      user_id: 'throws',
      basket: 'full',
    })
    const denied = await browser.visit(async (s, ctx) => {
      await s.regenerate()
      ctx.throw(401, { headers: { 'Set-Cookie': 'other=x' } })
    })
    expect(denied.setCookies).toEqual(['other=x', expect.stringContaining(browser.cookie!)])
    const stranger = await site.browser().visit(async () => {
      throw mistake
    })
    expect(stranger.setCookies).toEqual([])
  })

  describe('a superseded cookie', () => {
    async function signIn(user_id: string) {
      const browser = site.browser()
      await browser.visit((s) => s.get())
      const late = browser.copy()
      await browser.visit((s) => s.set({ user_id }))
      return { browser, late }
    }

    test('reads nothing, starts nothing, and sets no cookie', async () => {
      const { late } = await signIn('late')
      for (const read of [
        await late.visit((s) => s.get()),
        await late.visit((s) => s.peek()),
        await late.visit((s) => s.get(['user_id'])),
      ]) {
        expect(read.value).toEqual({})
        expect(read.setCookies).toEqual([])
      }
    })

    test('writes nothing: 401', async () => {
      const { browser, late } = await signIn('late')
      for (const answer of [
        await late.visit((s) => s.set({ a: 1 })),
        await late.visit((s) => s.set({ user_id: null })),
        await late.visit((s) => s.set({ ip: '127.0.0.1' })),
        await late.visit((s) => s.unset(['user_id'])),
        await late.visit((s) => s.touch()),
        await late.visit((s) => s.increment('n')),
        await late.visit((s) => s.regenerate()),
        await late.visit((s) => s.set({ user_id: 'late' })),
      ]) {
        expect(answer.error?.code).toBe('ERR_SESSION_SUPERSEDED')
        expect(answer.status).toBe(401)
        expect(answer.setCookies).toEqual([])
      }
      const { value } = await browser.visit((s) => s.peek())
      expect(value).toEqual({ id: expect.any(String), user_id: 'late' })
    })

    test('signs in to a session of its own', async () => {
      const { browser, late } = await signIn('first')
      const { value, setCookies } = await late.visit(async (s) => {
        await s.get()
        await s.signIn({ user_id: 'second' })
        return s.get()
      })
      expect(value).toMatchObject({ user_id: 'second' })
      expect(value.id).not.toBe(browser.cookie?.slice(0, 20))
      expect(setCookies).toHaveLength(1)
      expect((await browser.visit((s) => s.peek())).value['user_id']).toBe('first')
    })

    test('is recognised after two renewals in one request', async () => {
      const browser = site.browser()
      await browser.visit((s) => s.get())
      const late = browser.copy()
      await browser.visit(async (s) => {
        await s.set({ user_id: 'twice' })
        await s.set({ org_id: 'twice' })
      })
      expect(await late.visit((s) => s.get())).toMatchObject({ value: {}, setCookies: [] })
    })

    test('makes and checks CSRF tokens, so a form sent twice signs in', async () => {
      const browser = site.browser()
      const { value: token } = await browser.visit((s) => s.createCSRFToken())
      const again = browser.copy()
      await browser.visit((s) => s.set({ user_id: 'double' }))
      const answer = await again.visit(async (s) => {
        expect(await s.createCSRFToken()).toMatch(/\./)
        expect(await s.verifyCSRFToken(token)).toBe(true)
        await s.signIn({ user_id: 'double' })
      })
      expect(answer.error).toBeUndefined()
      expect(await Sessions.count('user_id', 'double')).toBe(2)
      expect((await browser.visit((s) => s.verifyCSRFToken(token))).value).toBe(false)
    })
  })

  describe('a session that ended during a request', () => {
    test('refuses each write with 401, and sets no cookie', async () => {
      for (const write of [
        (s) => s.set({ a: 1 }),
        (s) => s.set({ user_id: 'ended' }),
        (s) => s.unset(['user_id']),
        (s) => s.touch(),
        (s) => s.increment('n'),
        (s) => s.regenerate(),
      ] satisfies ((s: Session) => unknown)[]) {
        const browser = site.browser()
        await browser.visit((s) => s.set({ user_id: 'ended' }))
        const answer = await browser.visit(async (s) => {
          await s.get()
          expect(await Sessions.revokeAll('user_id', 'ended')).toBe(1)
          // Having looked again in between makes no difference.
          expect(await s.peek()).toEqual({})
          await write(s)
        })
        expect(answer.error).toMatchObject({ code: 'ERR_SESSION_REVOKED', status: 401 })
        expect(answer.setCookies).toEqual([])
        // On a cluster the set is asked before the session.
        expect(answer.text).toMatch(
          /^(this session has ended$|all sessions with this value were revoked)/,
        )
        expect(await Sessions.count('user_id', 'ended')).toBe(0)
      }
    })

    test('is not replaced by get', async () => {
      const browser = site.browser()
      await browser.visit((s) => s.set({ user_id: 'ended' }))
      const { error, setCookies } = await browser.visit(async (s) => {
        await s.get()
        await Sessions.revokeAll('user_id', 'ended')
        await s.get()
      })
      expect(error).toMatchObject({ code: 'ERR_SESSION_REVOKED' })
      expect(setCookies).toEqual([])
    })

    test('can be deleted, and is then replaced by get', async () => {
      const browser = site.browser()
      await browser.visit((s) => s.set({ user_id: 'ended' }))
      const { error, value } = await browser.visit(async (s) => {
        const { id } = await s.get()
        await Sessions.revoke(id!)
        await s.delete()
        const next = await s.get()
        await s.set({ a: 1 })
        return [id, next.id]
      })
      expect(error).toBeUndefined()
      expect(value[0]).not.toBe(value[1])
    })

    test('is replaced by the write of a request that had not read it', async () => {
      const browser = site.browser()
      await browser.visit((s) => s.set({ user_id: 'x' }))
      const old = browser.cookie
      await Sessions.revokeAll('user_id', 'x')
      const { error } = await browser.visit((s) => s.set({ user_id: 'y' }))
      expect(error).toBeUndefined()
      expect(browser.cookie?.slice(0, 20)).not.toBe(old?.slice(0, 20))
      await Sessions.revokeAll('user_id', 'y')
    })
  })
})

describe('a cookie is superseded if it was replaced up to 30 seconds before the request', () => {
  test('in memory', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
    try {
      const browser = createSite().browser()
      await browser.visit((s) => s.get())
      const late = browser.copy()
      await browser.visit((s) => s.set({ user_id: 1 }))
      vi.advanceTimersByTime(29_999)
      expect((await late.visit((s) => s.get())).setCookies).toEqual([])
      vi.advanceTimersByTime(2)
      expect((await late.visit((s) => s.get())).setCookies).toHaveLength(1)
    } finally {
      vi.useRealTimers()
    }
  })

  test('in Redis', async () => {
    const client = redis()
    const { value: key } = await createSite({ client })
      .browser()
      .visit(async (s) => {
        await s.get()
        await s.set({ user_id: 1 })
        return s.getKey()
      })
    const ttl = await client.pttl(`${key}:former`)
    expect(ttl).toBeLessThanOrEqual(3_600_000)
    expect(ttl).toBeGreaterThan(3_500_000)
  })
})
