/** How the application's fields are named and shown. */
import { describe, expect, test } from 'vitest'
import type { AdminOptions } from '../../../src/admin/index.js'
import { field } from '../../../src/index.js'
import { createSite, fill } from '../../support/admin-app.js'

const SEVEN = '/admin/?field=user_id&value=7'
const EVIL = `"><script>alert(1)</script>'&amp;`

async function create(page: Partial<AdminOptions>, values: Record<string, string> = {}) {
  const site = await createSite({ page })
  const [id] = await fill(site.Session, 1, { user_id: '7', ...values })
  return { ...site, operator: await site.signedIn(), id: id! }
}

/** All tags of a page, without their text. */
const tags = (text: string): string => text.match(/<[^>]*>/g)!.join('')

describe('labels', () => {
  test('name a field on every page', async () => {
    const { operator, id } = await create({
      labels: { user_id: 'Account', agent: 'Device' },
      history: async () => [{ at: 0, event: 'signed-in', details: { user_id: '7' } }],
    })
    await operator.open(SEVEN)
    expect(operator.text).toMatch(/<option value="user_id" selected>\s*Account\s*</)
    expect(operator.words).toContain('1 session with Account 7')
    expect(operator.words).toContain('Account ip Last active Ends')
    expect(operator.text).not.toMatch(/>\s*user_id\s*</)
    const query = 'field=user_id&value=7'
    for (const [address, words] of [
      [`end?${query}&id=${id}`, 'Account 7 Session'],
      [`end-all?${query}`, 'All sessions with Account 7'],
      [`history?${query}`, 'Account 7'],
      ['end?field=user_id&value=8&id=x', 'ended already'],
    ] as const) {
      await operator.open(`/admin/${address}`)
      expect(operator.words).toContain(words)
      expect(operator.words).not.toContain('user_id')
    }
  })

  test('are escaped, and no property of an object', async () => {
    const { operator } = await create({ labels: { user_id: EVIL } }, { constructor: 'x' })
    await operator.open(SEVEN)
    expect(operator.words).toContain(`1 session with ${EVIL} 7`)
    expect(operator.words).toContain('constructor x')
    expect(tags(operator.text)).not.toContain('<script')
  })
})

describe('format', () => {
  test('shows a field as text, wherever it is shown', async () => {
    const asked: unknown[] = []
    const agent = (value: string) => {
      asked.push(value)
      return `<b>${EVIL}</b> of ${value.length}`
    }
    const { operator, id } = await create(
      { fields: ['user_id', 'agent', 'note', 'ip'], format: { agent, ip: () => 'somewhere' } },
      { agent: 'Mozilla/5.0', ip: '::1' },
    )
    for (const address of [SEVEN, `/admin/end?field=user_id&value=7&id=${id}`]) {
      await operator.open(address)
      expect(operator.words).toContain(`<b>${EVIL}</b> of 11`)
      expect(operator.words).toContain('ip somewhere')
      expect(operator.text).not.toMatch(/Mozilla|::1/)
      expect(tags(operator.text)).not.toMatch(/<(b|script)\b/)
    }
    expect(new Set(asked)).toEqual(new Set(['Mozilla/5.0']))
  })

  test('gets what the field decodes to', async () => {
    const fields = { user_id: field.number(), cart: field.json<string[]>(), role: field.string() }
    const page = { format: { cart: (cart: string[]) => `${cart.length} items` } }
    const site = await createSite({
      options: { fields, references: { user_id: {} } } as never,
      page: page as never,
    })
    const id = site.Session.store.createSessionId()
    await site.Session.store.set(id, { user_id: 7, cart: ['a', 'b'] } as never)
    const operator = await site.signedIn()
    await operator.open(SEVEN)
    expect(operator.words).toContain('cart 2 items')
  })

  test.each([
    ['throws', () => JSON.parse('{') as string, 'JSON'],
    ['returns no string', () => 7 as never, 'options.format.agent of admin must return a string'],
  ])('that %s hides the value, and the log is told once', async (_, agent, message) => {
    const { Session, operator, errors } = await create(
      { fields: ['user_id', 'agent'], format: { agent } },
      { agent: 'private' },
    )
    await fill(Session, 2, { user_id: '7', agent: 'private' })
    await operator.open(SEVEN)
    expect(operator.status).toBe(200)
    expect(operator.words.match(/7 cannot be shown now/g)).toHaveLength(3)
    expect(operator.text).not.toContain('private')
    expect(errors).toEqual([
      expect.objectContaining({ message: expect.stringContaining(message) as string }),
    ])
    // They can still be ended.
    expect(operator.words).toContain('End all 3 sessions…')
  })
})

describe('the table', () => {
  test('has the first three fields as columns, and the others in the details', async () => {
    const { operator } = await create(
      { fields: ['agent', 'user_id', 'ip', 'note'] },
      { agent: 'x'.repeat(80), ip: '::1', note: 'two loaves' },
    )
    await operator.open(SEVEN)
    expect(operator.words).toContain(
      `agent user_id ip Last active Ends Actions ${'x'.repeat(60)}… 7 ::1 now `,
    )
    expect(operator.words).toContain(`Details agent ${'x'.repeat(80)} note two loaves Created `)
    const headings = operator.text.match(/<th scope="col">/g)
    expect(headings).toHaveLength(6)
    expect(operator.text.match(/<th scope="row"/g)).toHaveLength(1)
    expect(operator.text).toContain('<td colspan="6">')
  })

  test('begins with the id where no field is shown', async () => {
    const { operator, id } = await create({ fields: [] }, { agent: 'private' })
    await operator.open(SEVEN)
    expect(operator.words).toContain(`Session Last active Ends Actions ${id} now `)
    expect(operator.text).not.toContain('private')
  })
})

describe('a search that finds nothing', () => {
  test('says what to try', async () => {
    const site = await createSite({ page: { history: async () => [] } })
    const operator = await site.signedIn({ role: 'operator', ip: '::1' })
    await operator.open(SEVEN)
    expect(operator.words).toContain('0 sessions with user_id 7')
    expect(operator.words).toMatch(
      /Check the value: .* See the history: .* Try what finds your own session: ip ::1$/,
    )
    await operator.open('/admin/?field=ip&value=::1')
    expect(operator.words).not.toContain('Check the value')
  })
})
