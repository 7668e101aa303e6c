/** A POST that a browser may have sent from another site, with a token that is right. */
import { describe, expect, test } from 'vitest'
import { createSite, fill, STORES } from '../../support/admin-app.js'

const ALL = '/admin/end-all?field=user_id&value=7'

describe.each(STORES)('A POST with the operator’s token, with sessions in %s', (_, store) => {
  const create = async () => {
    const site = await createSite({ options: store() })
    await fill(site.Session, 2, { user_id: '7', ip: 'token' })
    const operator = await site.signedIn()
    const body = new URLSearchParams({ csrf: await operator.token() })
    const post = async (headers: Record<string, string>) => {
      await operator.open(ALL, { method: 'POST', body, headers })
      return { words: operator.words, left: await site.Session.count('user_id', 7) }
    }
    return { ...site, post, host: new URL(site.origin).host }
  }

  test.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'same-origin, cross-site' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1' },
    { origin: 'http://127.0.0.1.evil.example' },
    { origin: 'rubbish' },
  ])('is refused: %j', async (headers) => {
    const { post } = await create()
    const { words, left } = await post(headers)
    expect(words).toContain('it came from another site')
    expect(left).toBe(2)
  })

  test('is refused where only Sec-Fetch-Site tells', async () => {
    const { post, origin } = await create()
    expect((await post({ origin, 'sec-fetch-site': 'cross-site' })).left).toBe(2)
  })

  test.each([
    ['from its own page', () => ({ 'sec-fetch-site': 'same-origin' })],
    ['from its own page over plain HTTP', (origin: string) => ({ origin })],
    [
      'behind a proxy that ends TLS',
      (origin: string) => ({ origin: origin.replace('http:', 'https:') }),
    ],
    [
      'behind a proxy that changes the host',
      () => ({ origin: 'https://shop.example', 'sec-fetch-site': 'same-origin' }),
    ],
    ['by a program, which sends neither header', () => ({})],
  ])('is taken %s', async (__, headersFor) => {
    const { post, origin } = await create()
    expect((await post(headersFor(origin))).left).toBe(0)
  })
})

test('a proxy’s host counts where the application trusts it', async () => {
  const site = await createSite()
  site.app.proxy = true
  await fill(site.Session, 1, { user_id: '7', ip: 'token' })
  const operator = await site.signedIn()
  const body = new URLSearchParams({ csrf: await operator.token() })
  const headers = { origin: 'https://shop.example', 'x-forwarded-host': 'shop.example:443' }
  await operator.open(ALL, { method: 'POST', body, headers: { ...headers, origin: 'https://x.y' } })
  expect(operator.status).toBe(403)
  await operator.open(ALL, { method: 'POST', body, headers })
  expect(operator.words).toContain('1 session with user_id 7 ended.')
})
