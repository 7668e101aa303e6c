/** The first page: what can be found, whether Redis answers, and what happened last. */
import { describe, expect, test } from 'vitest'
import type { AdminOptions, HistoryEntry } from '../../../src/admin/index.js'
import { createSite, STORES } from '../../support/admin-app.js'

type Recent = NonNullable<AdminOptions['recent']>

async function open(page: Partial<AdminOptions>) {
  const site = await createSite({ page })
  const operator = await site.signedIn({ role: 'operator', user_id: '7' })
  await operator.open('/admin/')
  return { ...site, operator }
}

describe('The first page', () => {
  test('names each reference, and gives an example where the own session has one', async () => {
    const { operator } = await open({ labels: { user_id: 'Account' } })
    expect(operator.words).toMatch(
      /What can be found .* as in your own session: Account user_id 7 ip none in your own session/,
    )
    expect(operator.text).toContain('<a href="./?field=user_id&#38;value=7">')
    expect(operator.words).not.toContain('Recent activity')
  })

  test.each(STORES)('says where the sessions are: in %s', async (name, store) => {
    const site = await createSite({ options: store() })
    const operator = await site.signedIn()
    await operator.open('/admin/')
    const said = name === 'Redis' ? /Redis answers in \d+\.\d ms\./ : /in this process’s memory\./
    expect(operator.words).toMatch(said)
    expect(operator.status).toBe(200)
  })

  test('shows what happened last, and leads to it', async () => {
    const recent: Recent = async () => [
      {
        at: Date.now() - 60_000,
        event: 'signed-in',
        details: { user_id: '<7>', ip: '::1', by: 'owner' },
      },
    ]
    const { operator } = await open({ recent, labels: { user_id: 'Account', by: 'By' } })
    expect(operator.words).toMatch(
      /Recent activity .* signed-in 1 minute ago Account <7> ip ::1 By owner$/,
    )
    const links = operator.text.split('id="recent"')[1]!.match(/href="[^"]*"/g)
    expect(links).toEqual([
      'href="./?field=user_id&#38;value=%3C7%3E"',
      'href="./?field=ip&#38;value=%3A%3A1"',
    ])
  })

  test('reads ten entries, and no more', async () => {
    const read = { count: 0, closed: false }
    async function* recent(): AsyncGenerator<HistoryEntry> {
      try {
        for (;;) yield { at: 0, event: `event-${++read.count}` }
      } finally {
        read.closed = true
      }
    }
    const { operator } = await open({ recent })
    expect(operator.text.match(/event-\d+/g)).toHaveLength(10)
    expect(read).toEqual({ count: 10, closed: true })
  })

  test('says that there is nothing', async () => {
    const { operator } = await open({ recent: async () => [] })
    expect(operator.words).toMatch(/Recent activity Nothing is on record\.$/)
  })

  test.each([
    ['fails', () => Promise.reject(new Error('the log is away')), 'the log is away'],
    ['hangs', () => new Promise<never>(() => {}), 'options.recent of admin has not answered'],
  ] as const)('works, and says so, where the log %s', async (_, recent, message) => {
    const { operator, errors } = await open({ recent })
    expect(operator.status).toBe(200)
    expect(operator.words).toContain('What can be found')
    expect(operator.words).toMatch(/Recent activity The record cannot be read right now\./)
    expect(operator.words).not.toContain('the log is away')
    expect(errors).toEqual([
      expect.objectContaining({ message: expect.stringContaining(message) as string }),
    ])
  })

  test('asks nothing for a stranger', async () => {
    let asked = 0
    const recent: Recent = async () => {
      asked++
      return []
    }
    const site = await createSite({ page: { recent } })
    expect((await site.browser().open('/admin/')).status).toBe(404)
    expect(asked).toBe(0)
  })
})
