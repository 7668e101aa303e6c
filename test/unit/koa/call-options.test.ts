/** The options of find, count and revokeAll. How walks stop is in test/contract/walking.ts. */
import { beforeAll, describe, expect, test } from 'vitest'
import { collect } from '../../support/store.js'
import { createSite, STORES } from '../../support/http-app.js'

describe.each(STORES)('find, count and revokeAll in %s', (_, store) => {
  const site = createSite(store())
  const { Session } = site
  beforeAll(async () => {
    for (let i = 0; i < 2; i++) await site.browser().visit((s) => s.set({ user_id: 7 }))
  })

  const calls = {
    // As it returns no promise, it throws at once.
    find: async (options: never) => collect(Session.find('user_id', 7, options)),
    count: (options: never) => Session.count('user_id', 7, options),
    revokeAll: (options: never) => Session.revokeAll('user_id', 7, options),
  }

  describe.each(Object.entries(calls))('%s', (name, call) => {
    test.each([
      ['null', null],
      ['a text', 'signal'],
      ['a signal that is null', { signal: null }],
      ['a controller for a signal', { signal: new AbortController() }],
      ['another name', { signals: undefined }],
      name === 'revokeAll'
        ? ['an object for onProgress', { onProgress: {} }]
        : ['what only revokeAll has', { onProgress: () => {} }],
    ])('refuses %s', async (__, options) => {
      await expect(call(options as never)).rejects.toMatchObject({ code: 'ERR_SESSION_OPTIONS' })
    })

    test('rejects with the reason of its signal', async () => {
      const reason = new Error('enough')
      await expect(call({ signal: AbortSignal.abort(reason) } as never)).rejects.toBe(reason)
    })
  })

  test('Session.references names the references', () => {
    expect(Session.references).toEqual(['user_id', 'org_id', 'ip'])
    expect(Session.references).toSatisfy(Object.isFrozen)
  })

  test('find throws before it is iterated', () => {
    const find = () => Session.find('user_id', 7, { except: 'x' } as never)
    expect(find).toThrow(expect.objectContaining({ code: 'ERR_SESSION_OPTIONS' }))
  })

  test('all accept a signal that is never aborted, and undefined', async () => {
    const { signal } = new AbortController()
    for (const options of [{ signal }, { signal: undefined }]) {
      expect(await Session.count('user_id', 7, options)).toBe(2)
      expect(await collect(Session.find('user_id', 7, options))).toHaveLength(2)
    }
    const told: unknown[] = []
    const onProgress = (progress: object) => void told.push(progress)
    expect(await Session.revokeAll('user_id', 7, { signal, onProgress })).toBe(2)
    expect(told).toEqual([{ ended: 2, seen: 2, total: 2 }])
  })
})
