/** Ending so many sessions that somebody wants to see how far it is. */
import { describe, expect, test, vi } from 'vitest'
import { Jobs } from '../../../src/admin/jobs.js'
import type { Search } from '../../../src/admin/search.js'
import type { AdminOptions } from '../../../src/admin/index.js'
import {
  type RevokeOptions,
  SessionError,
  type SessionMiddleware,
  type SessionOptions,
} from '../../../src/index.js'
import { until } from '../../support/until.js'
import { pauseRevokeAll } from '../../support/paused-revoke-all.js'
import { createSite, fill, STORES } from '../../support/admin-app.js'

const ALL = '/admin/end-all?field=user_id&value=7'

function bar(text: string): { value: number; max: number } {
  const [, value, max] = /<progress[^>]* value="(\d+)" max="(\d+)"/.exec(text) ?? []
  return { value: Number(value), max: Number(max) }
}

const RUNNING = '<progress'

/** The page of the operator who may end 2,000 sessions, one of them the operator's own. */
async function createFull(options: Partial<SessionOptions>, page: Partial<AdminOptions> = {}) {
  const gated = pauseRevokeAll()
  let finished: Promise<number> | undefined
  const wrap = (Session: SessionMiddleware): SessionMiddleware => {
    const { revokeAll } = gated.wrap(Session)
    return Object.assign((...args: Parameters<SessionMiddleware>) => Session(...args), Session, {
      revokeAll: (...args: Parameters<typeof revokeAll>) => (finished = revokeAll(...args)),
    })
  }
  const site = await createSite({ options, page, wrap })
  await fill(site.Session, 1999, { user_id: '7' })
  const operator = await site.signedIn({ role: 'operator', user_id: '7' })
  await operator.open(ALL)
  return { ...site, ...gated, operator, finished: () => finished }
}

type Full = Awaited<ReturnType<typeof createFull>>

describe.each(STORES)('2,000 sessions in %s', (_, store) => {
  const create = (page?: Partial<AdminOptions>) => createFull(store(), page)

  test('a bar shows the progress, and the operator’s own session stays', async () => {
    const { Session, operator, paused, step } = await create()
    expect(operator.words).toContain('End 1,999 sessions?')
    await operator.submit('end-all')
    await paused()
    let last = -1
    while (last < 2000) {
      await operator.open('')
      expect(operator.text).toContain(RUNNING)
      const { value, max } = bar(operator.text)
      expect(max).toBe(2000)
      expect(value).toBeGreaterThan(last)
      expect(operator.words).toContain('sessions ended, of about 2,000.')
      last = value
      step()
      if (last < 2000) await paused()
    }
    // The last walk over the set that is left, where it was too large for one reply.
    while ((await operator.open('')).text.includes(RUNNING)) step()
    expect(operator.words).toContain('1,999 sessions with user_id 7 ended.')
    expect(await Session.count('user_id', 7)).toBe(1)
    expect(await operator.who()).toMatchObject({ id: operator.id })
  })

  test('the job can be stopped, and started again', async () => {
    const { Session, operator, paused } = await create()
    await operator.submit('end-all')
    await paused()
    const first = operator.url.href
    // A button pressed twice starts nothing more.
    await operator.open(ALL)
    await operator.submit('end-all')
    expect(operator.url.href).toBe(first)

    await operator.submit('job')
    await until('it has stopped', async () => !(await operator.open('')).text.includes(RUNNING))
    const ended = /^Stopped ([\d,]+) sessions with/.exec(operator.words)?.[1]?.replace(',', '')
    expect(Number(ended)).toBeGreaterThan(0)
    expect(await Session.count('user_id', 7)).toBe(2000 - Number(ended))

    await operator.open(ALL)
    await operator.submit('end-all')
    expect(operator.url.href).not.toBe(first)
  })

  test.each([
    ['session is revoked', (site: Full) => site.Session.revoke(site.operator.id)],
    [
      'role is taken away',
      (site: Full) => site.Session.store.set(site.operator.id, { role: 'visitor' }),
    ],
    [
      'secret is renewed, as only that shuts out a copied cookie',
      ({ operator }: Full) => operator.open('/sign-in?user_id=8'),
    ],
  ])('the ending stops at the next page once its operator’s %s', async (__, dismiss) => {
    const site = await create()
    const { Session, operator, paused, step, finished } = site
    await operator.submit('end-all')
    await paused()
    await dismiss(site)
    step()
    await paused()
    const left = await Session.count('user_id', 7)
    expect(left).toBeGreaterThan(500)
    step()
    await expect(finished()).rejects.toThrow(/abort/)
    expect(await Session.count('user_id', 7)).toBe(left)
    expect(site.errors).toEqual([])
  })

  test('the ending fails where nothing can tell whether its operator still is one', async () => {
    const lost = new SessionError('ERR_SESSION_STORE', 'lost')
    let isAway = false
    const authorize = () => (isAway ? Promise.reject(lost) : true)
    const { Session, operator, paused, step, finished, errors } = await create({ authorize })
    await operator.submit('end-all')
    await paused()
    isAway = true
    step()
    await expect(finished()).rejects.toBe(lost)
    expect(await Session.count('user_id', 7)).toBeGreaterThan(500)
    isAway = false
    await operator.open('')
    expect(operator.words).toMatch(/^Not finished At least [\d,]+ sessions with user_id 7 ended/)
    expect(errors).toEqual([lost])
  })

  test('another operator does not see it, nor stops it', async () => {
    const { operator, signedIn, paused } = await create()
    await operator.submit('end-all')
    await paused()
    const other = await signedIn()
    await other.open(`${operator.url.pathname}${operator.url.search}`)
    expect(other.status).toBe(404)
    const nothing = other.text
    await other.open('/admin/job?id=nothing')
    expect(other.text).toBe(nothing)
    await other.open(ALL)
    const { fields } = other.forms()[0]!
    await other.post(`${operator.url.pathname}${operator.url.search}`, fields)
    expect(other.status).toBe(404)
    await operator.open('')
    expect(operator.text).toContain(RUNNING)
  })
})

test('a job that fails says so, and the application gets the error', async () => {
  const error = new Error('lost')
  const site = await createSite({
    wrap: (Session) =>
      Object.assign((...args: Parameters<SessionMiddleware>) => Session(...args), Session, {
        async revokeAll(_: string, __: string, { onProgress }: RevokeOptions) {
          await onProgress?.({ ended: 5, seen: 5, total: 9 })
          throw error
        },
      }),
  })
  await fill(site.Session, 1, { user_id: '7' })
  const operator = await site.signedIn()
  await operator.open(ALL)
  await operator.submit('end-all')
  expect(operator.words).toMatch(/^Not finished At least 5 sessions with user_id 7 ended before/)
  expect(operator.text).not.toContain(RUNNING)
  expect(site.errors).toEqual([error])
})

describe('Jobs', () => {
  const search = (text: string): Search => ({ field: 'a', text, value: text, query: `a=${text}` })
  const never = () => new Promise<number>(() => {})
  const ignore = () => {}

  test('are kept for ten minutes after they are over', async () => {
    vi.useFakeTimers()
    try {
      const jobs = new Jobs()
      const done = jobs.start('me', search('1'), async () => 3, ignore)!
      const running = jobs.start('me', search('2'), never, ignore)!
      await done.finished
      expect(jobs.get(done.id, 'me')).toMatchObject({ state: 'done', ended: 3 })
      vi.advanceTimersByTime(10 * 60_000)
      expect(jobs.get(done.id, 'me')).toBe(done)
      vi.advanceTimersByTime(1)
      expect(jobs.get(done.id, 'me')).toBeUndefined()
      expect(jobs.get(running.id, 'me')).toBe(running)
    } finally {
      vi.useRealTimers()
    }
  })

  test('are at most a hundred: finished ones make room', async () => {
    const jobs = new Jobs()
    const first = jobs.start('me', search('first'), async () => 1, ignore)!
    await first.finished
    for (let i = 1; i < 100; i++) jobs.start('me', search(String(i)), never, ignore)
    expect(jobs.get(first.id, 'me')).toBe(first)
    const last = jobs.start('me', search('last'), never, ignore)!
    expect(jobs.get(first.id, 'me')).toBeUndefined()
    expect(jobs.get(last.id, 'me')).toBe(last)
    expect(jobs.start('me', search('more'), never, ignore)).toBeUndefined()
    expect(jobs.start('me', search('last'), never, ignore)).toBe(last)
  })

  test('tell why they failed, and what they had ended', async () => {
    const jobs = new Jobs()
    const errors: unknown[] = []
    const error = new Error('lost')
    const job = jobs.start(
      'me',
      search('1'),
      ({ onProgress }) => {
        onProgress({ ended: 5, seen: 5, total: 9 })
        return Promise.reject(error)
      },
      (one) => errors.push(one),
    )!
    await job.finished
    expect(job).toMatchObject({ state: 'failed', ended: 5 })
    expect(errors).toEqual([error])
  })
})
