/** The page in an application: what it is given, and where it stands. */
import { expect, test } from 'vitest'
import { field } from '../../../src/index.js'
import { createSite, fill } from '../../support/admin-app.js'

const SEVEN = '/admin/?field=user_id&value=7'

test('an operator without a session of this application gets one, for the token', async () => {
  const site = await createSite({ page: { authorize: () => true } })
  const [id] = await fill(site.Session, 1, { user_id: '7' })
  const operator = site.browser()
  await operator.open(`/admin/end?field=user_id&value=7&id=${id}`)
  await operator.submit('end?')
  expect(operator.words).toContain('1 session has ended.')
})

test('the session of an operator whom something else lets in is marked, too', async () => {
  const { signedIn } = await createSite({ page: { authorize: () => true } })
  const operator = await signedIn({ user_id: '7' })
  await operator.open(SEVEN)
  expect(operator.words).toContain('Your session')
})

test('the pages begin without what their own session cannot be found by', async () => {
  const codec = {
    encode: (value: number) => `u-${value}`,
    decode: (text: string) => Number(text.slice(2)),
  }
  const fields = { user_id: field.custom<number>(codec), role: field.string() }
  const site = await createSite({ options: { fields, references: { user_id: {} } } as never })
  const operator = await site.signedIn({ role: 'operator' })
  await site.Session.store.set(operator.id, { user_id: '7' })
  await operator.open('/admin/')
  expect(operator.status).toBe(200)
  expect(operator.words).not.toContain('For example')
})

test('the pages begin with what finds the operator’s own session', async () => {
  const fields = { user_id: field.number(), at: field.date(), role: field.string() }
  const site = await createSite({
    options: { fields, references: { user_id: {}, at: {} } } as never,
  })
  const operator = await site.signedIn({ role: 'operator' })
  await operator.open('/admin/')
  expect(operator.words).not.toContain('For example')
  const at = new Date(0)
  await site.Session.store.set(operator.id, { user_id: 7, at } as never)
  await operator.open('/admin/')
  expect(operator.words).toMatch(/your own session: user_id 7 at 1970-01-01T00:00:00.000Z Health /)
  const links = [...operator.text.matchAll(/<a href="([^"]*)"/g)].map(([, link]) => link!)
  for (const link of links) {
    await operator.open(`/admin/${link.replaceAll('&#38;', '&')}`)
    expect(operator.words).toContain('1 session with')
    expect(operator.words).toContain('Your session')
  }
  expect(links).toHaveLength(2)
})

test('the pages show the fields that they were given, and lead back', async () => {
  const site = await createSite({
    page: { fields: ['agent', 'missing', 'user_id'], back: '/home' },
  })
  const [id] = await fill(site.Session, 1, { user_id: '7', note: 'private', agent: 'Firefox' })
  const operator = await site.signedIn()
  const back = /<header[\s\S]*<a href="\/home">Back to the application<\/a>[\s\S]*<main>/
  for (const [address, words] of [
    [SEVEN, / agent missing user_id Last active Ends Actions Firefox – 7 \w+ /],
    [`/admin/end?field=user_id&value=7&id=${id}`, / agent Firefox user_id 7 Session \w+/],
  ] as const) {
    await operator.open(address)
    expect(operator.words).toMatch(words)
    expect(operator.text).not.toMatch(/note|private/)
    expect(operator.text).toMatch(back)
  }
  expect(operator.text).not.toContain('missing')
  await operator.open('/admin/nothing')
  expect(operator.text).toMatch(back)
})

/** As koa-mount does it. */
async function mount(ctx: { path: string }, next: () => Promise<void>): Promise<void> {
  ctx.path = ctx.path.replace(/^\/ops/, '') || '/'
  await next()
}

test('the pages work where they are all that is mounted below a path', async () => {
  const { signedIn } = await createSite({
    before: mount,
    page: { path: '/', authorize: () => true },
  })
  const operator = await signedIn()
  await operator.open('/ops?field=user_id&value=7')
  expect(operator.url.pathname).toBe('/ops/')
  await operator.open('style.css')
  expect(operator.headers.get('content-type')).toContain('css')
})

test('the pages work where an application is mounted below a path', async () => {
  const site = await createSite({ before: mount })
  const operator = await site.signedIn()
  await fill(site.Session, 1, { user_id: '7' })
  await operator.open('/ops/admin?field=user_id&value=7')
  expect(operator.url.pathname).toBe('/ops/admin/')
  await operator.open('end-all?field=user_id&value=7')
  await operator.submit('end-all')
  expect(operator.url.pathname).toBe('/ops/admin/job')
  expect(operator.words).toContain('1 session with user_id 7 ended.')
})
