/** What happened to sessions, from where the application keeps it. */
import { describe, expect, test } from 'vitest'
import {
  admin,
  type AdminOptions,
  type HistoryEntry,
  type HistoryQuery,
} from '../../../src/admin/index.js'
import { SessionError } from '../../../src/index.js'
import { createSite, fill } from '../../support/admin-app.js'

const SEVEN = 'field=user_id&value=7'
const at = Date.parse('2026-11-23T17:00:00Z')
const HISTORY = `/admin/history?${SEVEN}`

type History = NonNullable<AdminOptions['history']>

async function create(history?: History) {
  const site = await createSite(history === undefined ? {} : { page: { history } })
  return { ...site, operator: await site.signedIn() }
}

/** Yields forever, and tells how many were read and whether the reader said that it was enough. */
function endless(entry: (i: number) => HistoryEntry) {
  const read = { count: 0, closed: false }
  const history: History = async function* () {
    try {
      for (;;) yield entry(++read.count)
    } finally {
      read.closed = true
    }
  }
  return { read, history }
}

describe('The history', () => {
  test('of a value, and of one session', async () => {
    const queries: HistoryQuery[] = []
    const { Session, operator } = await create(async (query) => {
      queries.push(query)
      return [
        { at, event: 'ended', id: 'b', details: { by: 'operator', reason: undefined } },
        { at: new Date(at), event: 'signed-in', id: id! },
        { at, event: 'refused', details: { code: 'ERR_SESSION_LIMIT' } },
      ]
    })
    const [id] = await fill(Session, 1, { user_id: '7' })
    await operator.open(`/admin/?${SEVEN}`)
    const links = Array.from(operator.text.matchAll(/href="(history[^"]+)"/g), ([, href]) => href!)
    expect(links).toEqual([`history?${SEVEN.replace('&', '&#38;')}`, expect.stringContaining(id!)])
    expect(operator.words).toMatch(
      /History the session of 7 , active [\w ]+ End… the session of 7 , /,
    )

    await operator.open(HISTORY)
    expect(operator.words).toMatch(
      new RegExp(
        `^History Sessions with user_id 7 \\. .* ended [\\w ]+ by operator Session b ` +
          `signed-in [\\w ]+ Session ${id} refused [\\w ]+ code ERR_SESSION_LIMIT$`,
      ),
    )
    expect(operator.text.match(/datetime="2026-11-23T17:00:00.000Z"/g)).toHaveLength(3)
    await operator.open(`history?${SEVEN}&id=${id}`)
    expect(operator.words).toContain(`History Session ${id}.`)
    expect(queries).toEqual([
      { field: 'user_id', value: '7', id: undefined },
      { field: 'user_id', value: '7', id },
    ])
  })

  test('of nobody, of no reference, and without the option', async () => {
    const { operator } = await create(async ({ field }) => (field === 'ip' ? undefined : []))
    await operator.open('/admin/history?field=ip&value=7')
    expect(operator.words).toContain('No history is kept by ip.')
    await operator.open(HISTORY)
    expect(operator.words).toContain('Nothing is on record.')
    await operator.open('/admin/history?field=role&value=7')
    expect(operator.status).toBe(400)
    await operator.open(HISTORY, { method: 'POST' })
    expect(operator.status).toBe(405)

    const { operator: other } = await create()
    await other.open(`/admin/?${SEVEN}`)
    expect(other.text).not.toContain('History')
    await other.open(HISTORY)
    expect(other.status).toBe(404)
  })

  test('is for operators alone', async () => {
    let asked = 0
    const site = await create(async () => {
      asked++
      return []
    })
    expect((await site.browser().open(HISTORY)).status).toBe(404)
    expect((await (await site.signedIn({ role: 'user' })).open(HISTORY)).status).toBe(404)
    expect(asked).toBe(0)
  })

  test('shows so many entries, and reads no more', async () => {
    const { read, history } = endless((i) => ({ at, event: `event-${i}.` }))
    const { operator } = await create(history)
    await operator.open(HISTORY)
    expect(operator.text.match(/<th scope="row"/g)).toHaveLength(50)
    expect(operator.words).toContain('event-50.')
    expect(operator.words).toMatch(/What is older is not shown here\.$/)
    expect(read).toEqual({ count: 51, closed: true })
  })

  test('escapes and cuts what it is given', async () => {
    const evil = `"><img src=x onerror=alert(1)>'&amp;`
    const { operator } = await create(async () => [
      { at: Number.NaN, event: evil, id: evil, details: { [evil]: evil } },
      { at, event: 'x'.repeat(999), id: '&id=other', details: { cycle: new Map([[1, evil]]) } },
    ])
    await operator.open(`${HISTORY}&id=${encodeURIComponent(evil)}`)
    expect(operator.status).toBe(200)
    expect(operator.text).not.toContain('<img')
    expect(operator.words).toContain(`${evil} unknown ${evil} ${evil}`)
    expect(operator.words).toContain(`${'x'.repeat(200)}…`)
    expect(operator.text).toContain(`${SEVEN.replace('&', '&#38;')}&#38;id=%26id%3Dother`)
  })

  test('that cannot be read is an error, for the log too', async () => {
    const failure = new Error('the log is away')
    const { operator, errors } = await create(() => Promise.reject(failure))
    await operator.open(HISTORY)
    expect(operator.status).toBe(500)
    expect(operator.words).not.toContain('the log is away')
    expect(operator.words).not.toContain('Nothing is on record')
    expect(errors).toEqual([failure])
  })

  test('comes from a function', async () => {
    const { Session } = await create()
    const options = { authorize: () => true, history: [] } as unknown as AdminOptions
    expect(() => admin(Session, options)).toThrow(SessionError)
    expect(() => admin(Session, options)).toThrow('options.history must be a function')
  })
})
