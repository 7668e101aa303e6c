/** koa-passport with a real OpenID provider, by passport-oauth2 with PKCE and by openid-client, in a real Chromium. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { connectChromium } from '../../support/browser.js'
import { redis } from '../../support/clients/redis.js'
import { type OidcSite, startOidcSite } from '../../support/oidc-provider.js'

vi.setConfig({ testTimeout: 120_000 })

let browser: Browser
beforeAll(async () => {
  // The provider complains of what it is here: one for tests.
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockReturnValue()

  browser = await connectChromium()
})

afterAll(() => {
  vi.restoreAllMocks()
})

async function open(site: OidcSite): Promise<() => Promise<Page>> {
  const profile = await browser.newContext({ baseURL: site.url })
  profile.setDefaultTimeout(30_000)
  onTestFinished(() => profile.close())
  return () => profile.newPage()
}

async function start(): Promise<OidcSite> {
  const site = await startOidcSite(redis())
  onTestFinished(() => site.stop())
  return site
}

/** At the provider. */
async function signIn(page: Page, name: string): Promise<void> {
  await page.locator('input[name="login"]').fill(name)
  await page.locator('input[name="password"]').fill('any')
  await page.getByRole('button', { name: 'Sign-in' }).click()
}

async function consent(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Continue' }).click()
}

const shows = (page: Page, who: string) =>
  page.getByRole('heading', { name: `You are ${who}`, exact: true }).waitFor()

describe.each(['oauth2', 'openid'])('%s', (strategy) => {
  test('signs in, out, and is ended from elsewhere', async () => {
    const site = await start()
    const tab = await (await open(site))()
    await tab.goto('/')
    await shows(tab, 'nobody')
    await tab.goto(`/${strategy}`)
    await signIn(tab, 'ann')
    await consent(tab)
    await shows(tab, 'ann')
    expect(await site.Session.count('user_id', 'ann')).toBe(1)
    await tab.getByRole('button', { name: 'Sign out' }).click()
    await shows(tab, 'nobody')
    expect(await site.Session.count('user_id', 'ann')).toBe(0)

    // The provider still knows her.
    await tab.goto(`/${strategy}`)
    await shows(tab, 'ann')
    expect(await site.Session.revokeAll('user_id', 'ann')).toBe(1)
    await tab.reload()
    await shows(tab, 'nobody')
  })
  test('two tabs sign in at once, and both arrive', async () => {
    const site = await start()
    const newTab = await open(site)
    const tabs = [await newTab(), await newTab()] as const
    await tabs[0].goto('/')
    await shows(tabs[0], 'nobody')
    await Promise.all(tabs.map((tab) => tab.goto(`/${strategy}`)))
    await signIn(tabs[0], 'ann')
    await consent(tabs[0])
    await shows(tabs[0], 'ann')
    // She has consented.
    await signIn(tabs[1], 'ann')
    await shows(tabs[1], 'ann')
    await Promise.all(tabs.map((tab) => tab.reload()))
    await Promise.all(tabs.map((tab) => shows(tab, 'ann')))
    expect(await site.Session.count('user_id', 'ann')).toBe(1)
  })
})
