/** "An audit log" in docs/guide/observing.md is run here. */
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { HistoryEntry, HistoryQuery } from '../../../src/admin/index.js'
import { type RedisServer, startServer } from '../../support/servers/server.js'
import { until } from '../../support/until.js'
import { readPage } from './blocks.js'
import { on, requireWith } from './channels.js'
import { openSite } from './site.js'

describe('An audit log', () => {
  const [, rules = ''] = /^ACL SETUSER audit (.*)$/m.exec(readPage('docs/guide/observing.md'))!
  let server: RedisServer
  beforeAll(async () => {
    server = await startServer()
    await server.command('ACL', 'SETUSER', 'audit', ...rules.split(' '))
  })
  afterAll(() => server?.stop())

  interface Log {
    audit: Redis
    log: { waiting: number; lost: number }
    history(query: HistoryQuery): Promise<HistoryEntry[] | undefined>
    recent(): Promise<HistoryEntry[]>
  }

  async function open() {
    const url = server.url.replace('//', '//audit:PASSWORD@')
    const ioredis = {
      Redis: function (options: object) {
        return new Redis(url, options)
      },
    }
    const site = openSite('observing', {}, { on, require: requireWith('ioredis', ioredis) })
    const names = ['audit', 'log', 'history', 'recent']
    const section = (await site.runSection('An audit log', names)) as unknown as Log
    const { audit, log } = section
    onTestFinished(() => audit.disconnect())
    const ready = () => until('it is connected', async () => audit.status === 'ready')
    const written = () => until('all is written', async () => log.waiting === 0)
    await ready()
    const read = async (value: string, id?: string) => {
      await written()
      return section.history({ field: 'user_id', value, id })
    }
    return { ...site, ...section, ready, written, read }
  }

  test('tells what happened to a user and to a session, as the user of the page', async () => {
    const { Session, signedIn, agent, read, log } = await open()
    const { id } = await Session.createCookie({ user_id: 'a' })
    await agent().post('/sign-in').send({ user_id: 'a', note: 'private' })
    await Session.revoke(id, { reason: 'lost phone' })
    const all = await read('a')
    const ended = { user_id: 'a', by: 'operator', reason: 'lost phone' }
    expect(all!.map(({ event }) => event)).toEqual(['ended', 'signed-in', 'signed-in'])
    expect(await read('a', id)).toEqual([
      { at: expect.any(Number), event: 'ended', id, details: ended },
      { at: expect.any(Number), event: 'signed-in', id, details: { user_id: 'a' } },
    ])
    expect(Math.abs(Number(all![0]!.at) - Date.now())).toBeLessThan(60_000)
    expect(await read('nobody')).toEqual([])
    expect(log.lost).toBe(0)

    const page = await (
      await signedIn('o', { role: 'operator' })
    ).get('/admin/history?field=user_id&value=a')
    expect(page.text).toContain('lost phone')
    const stored = await server.command('XRANGE', 'audit:all', '-', '+')
    expect(JSON.stringify(stored)).toContain(id)
    expect(JSON.stringify(stored)).not.toMatch(/private|session-id|secret/)
  })

  test('tells what happened last, to whomever', async () => {
    const { Session, signedIn, written, recent } = await open()
    const { id } = await Session.createCookie({ user_id: 'first' })
    for (let i = 0; i < 9; i++) await Session.createCookie({ user_id: 'x' })
    await Session.revoke(id, { reason: 'lost phone' })
    await written()
    const entries = await recent()
    expect(entries.map(({ event }) => event)).toEqual(['ended', ...Array(9).fill('signed-in')])
    const details = { user_id: 'first', by: 'operator', reason: 'lost phone' }
    expect(entries[0]).toEqual({ at: expect.any(Number), event: 'ended', id, details })

    const operator = await signedIn('o', { role: 'operator' })
    await written()
    const { text } = await operator.get('/admin/')
    expect(text).toContain('Recent activity')
    expect(text).toContain('href="./?field=user_id&#38;value=first"')
  })

  test('keeps so much, and for so long', async () => {
    const { Session, read } = await open()
    for (let i = 0; i < 120; i++) await Session.createCookie({ user_id: 'many' })
    expect(await read('many')).toHaveLength(100)
    expect(await server.command('XLEN', 'audit:all')).toBeGreaterThanOrEqual(120)
    const ttl = await server.command('TTL', 'audit:user_id:many')
    expect(ttl).toBeGreaterThan(89 * 24 * 3600)
  })

  test('of what names no user is in the one for all', async () => {
    const { app, Session, agent, history, written } = await open()
    app.use(async (ctx) => {
      const { id } = await ctx['session'].get()
      await Session.revoke(id)
      await ctx['session'].set({ theme: 'dark' })
    })
    await agent().get('/').expect(401)
    await written()
    const rows = (await server.command('XREVRANGE', 'audit:all', '+', '-', 'COUNT', '1')) as [
      [string, string[]],
    ]
    const entry = JSON.parse(rows[0][1][1]!)
    expect(entry).toMatchObject({ event: 'refused', code: 'ERR_SESSION_REVOKED', references: {} })
    expect(await history({ field: 'ip', value: '::1', id: undefined })).toBeUndefined()
    expect(Session.references).toEqual(['user_id'])
  })

  test('that is away, or hangs, delays nobody, and tells how much was lost', async () => {
    const { Session, audit, log, ready, written, history } = await open()
    server.freeze()
    onTestFinished(() => server.thaw())
    for (let i = 0; i < 4; i++) await Session.createCookie({ user_id: 'away' })
    expect(log).toEqual({ waiting: 16, lost: 0 })
    log.waiting = 10_000
    await Session.createCookie({ user_id: 'away' })
    expect(log).toEqual({ waiting: 10_000, lost: 4 })
    log.waiting = 16
    server.thaw()
    await written()
    await server.kill()
    await until('it notices', async () => audit.status !== 'ready')
    await Session.createCookie({ user_id: 'away' })
    await written()
    expect(log.lost).toBe(8)
    // "Cannot tell" is not "nothing happened".
    await expect(history({ field: 'user_id', value: 'away', id: undefined })).rejects.toThrow()
    await server.restart()
    await server.command('ACL', 'SETUSER', 'audit', ...rules.split(' '))
    await ready()
    await Session.createCookie({ user_id: 'away' })
    await written()
    expect(log.lost).toBe(8)
    expect(await history({ field: 'user_id', value: 'away', id: undefined })).toHaveLength(1)
  })
})
