/** The cookie's name and length, as OWASP ASVS 5.0, V3.3 asks for. */
import { expect, test } from 'vitest'
import { createSite } from '../../support/http-app.js'

test.each([{ domain: 'example.com' }, { path: '/shop' }])(
  'with a domain or a path takes a name that starts with __Secure-',
  async (options) => {
    const site = createSite({ secure: true, key: '__Secure-session-id', ...options })
    site.app.proxy = true
    const browser = site.browser()
    browser.headers['x-forwarded-proto'] = 'https'
    const { setCookies } = await browser.visit((s) => s.set({ user_id: 7 }))
    expect(setCookies[0]).toMatch(/^__Secure-session-id=.*; secure/)
    expect((await browser.visit((s) => s.peek())).value).toMatchObject({ user_id: '7' })
  },
)

test('is short, whatever the session holds', async () => {
  const site = createSite({ byteLength: 128, signed: true })
  site.app.keys = ['key']
  const browser = site.browser()
  const { setCookies } = await browser.visit((s) => s.set({ user_id: 7, note: 'x'.repeat(10_000) }))
  expect(setCookies).toHaveLength(2)
  for (const header of setCookies) {
    const [pair = ''] = header.split(';')
    expect(pair.length).toBeLessThan(256)
  }
  expect((await browser.visit((s) => s.peek(['user_id']))).value).toMatchObject({ user_id: '7' })
})
