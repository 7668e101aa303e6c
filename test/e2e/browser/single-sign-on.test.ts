/** Single sign-on with a real OpenID provider and openid-client, in a real Chromium: signing out there signs out here. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { connectChromium } from '../../support/browser.js'
import { redis } from '../../support/clients/redis.js'
import { type Sso, type SsoApp, startSso } from '../../support/single-sign-on.js'

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

async function start(): Promise<Sso> {
  const sso = await startSso(redis())
  onTestFinished(() => sso.stop())
  return sso
}

/** A browser of its own; resolves to what opens a tab. */
async function open(): Promise<() => Promise<Page>> {
  const profile = await browser.newContext()
  profile.setDefaultTimeout(30_000)
  onTestFinished(() => profile.close())
  return () => profile.newPage()
}

const shows = (page: Page, who: string) =>
  page.getByRole('heading', { name: `You are ${who}`, exact: true }).waitFor()

const streamIs = (page: Page, what: string) =>
  page.getByRole('paragraph').filter({ hasText: what }).waitFor()

/** Goes to an application's sign-in, and answers what the provider asks. */
async function begin(page: Page, { url }: SsoApp, name?: string): Promise<void> {
  await page.goto(`${url}/login`)
  if (name !== undefined) {
    await page.locator('input[name="login"]').fill(name)
    await page.locator('input[name="password"]').fill('any')
    await page.getByRole('button', { name: 'Sign-in' }).click()
  }
  await page.getByRole('button', { name: 'Continue' }).click()
}

async function signIn(page: Page, app: SsoApp, who: string, name?: string): Promise<void> {
  await begin(page, app, name)
  await shows(page, who)
  await streamIs(page, 'open')
}

async function signOutAtProvider(page: Page, { issuer }: Sso): Promise<void> {
  await page.goto(`${issuer}/session/end`)
  await page.getByRole('button', { name: 'Yes, sign me out' }).click()
  await page.getByRole('heading', { name: 'Sign-out Success' }).waitFor()
}

test('signing out at the provider signs out of both applications, and closes their streams', async () => {
  const sso = await start()
  const [one, two] = sso.apps
  const newTab = await open()
  const tabs = [await newTab(), await newTab(), await newTab()] as const
  await signIn(tabs[0], one, 'ann', 'ann')
  // The provider knows her now.
  await signIn(tabs[1], two, 'ann')
  const bob = (await open())()
  await signIn(await bob, one, 'bob', 'bob')
  expect(await one.Session.count('user_id', 'ann')).toBe(1)

  await signOutAtProvider(tabs[2], sso)
  expect(sso.told).toEqual([undefined, undefined])
  await Promise.all([streamIs(tabs[0], 'signed out'), streamIs(tabs[1], 'signed out')])
  for (const tab of [tabs[0], tabs[1]]) {
    await tab.reload()
    await shows(tab, 'nobody')
  }
  await streamIs(await bob, 'open')
  await (await bob).reload()
  await shows(await bob, 'bob')
  // Bob's stream has gone with his page.
  const errors = [...one.errors, ...two.errors] as { code: string }[]
  expect(errors.filter(({ code }) => code !== 'ERR_STREAM_PREMATURE_CLOSE')).toEqual([])

  // A fresh login is none of those that ended.
  await signIn(tabs[0], one, 'ann', 'ann')
})

test('another login of the same user stays, where the provider names the login', async () => {
  const sso = await start()
  const [one, two] = sso.apps
  const [laptop, phone] = await Promise.all([(await open())(), (await open())()])
  for (const page of [laptop, phone]) await signIn(page, one, 'ann', 'ann')
  await signIn(phone, two, 'ann')
  await laptop.goto(`${one.url}/`)
  await streamIs(laptop, 'open')
  await signOutAtProvider(phone, sso)
  expect(sso.told).toEqual([undefined, undefined])
  await phone.goto(two.url)
  await shows(phone, 'nobody')
  await phone.goto(one.url)
  await shows(phone, 'nobody')
  await streamIs(laptop, 'open')
  await laptop.reload()
  await shows(laptop, 'ann')
})

test.each([0, 1] as const)(
  'a logout while a callback is under way is not overtaken: %i',
  async (i) => {
    const sso = await start()
    const app = sso.apps[i]
    const newTab = await open()
    const [tab, other] = [await newTab(), await newTab()]
    let goOn = (): void => {}
    const gate = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const arrived = new Promise<void>((resolve) => {
      app.hold = () => {
        resolve()
        return gate
      }
    })
    // The browser waits for the callback.
    const begun = begin(tab, app, 'ann')
    await arrived
    await signOutAtProvider(other, sso)
    expect(sso.told).toEqual([undefined])
    const answered = tab.waitForResponse((response) =>
      response.url().startsWith(`${app.url}/callback`),
    )
    goOn()
    expect((await answered).status()).toBe(401)
    await begun
    expect(app.errors).toMatchObject([{ code: 'ERR_SESSION_REVOKED' }])
    expect(await app.Session.count('user_id', 'ann')).toBe(0)
    await tab.goto(app.url)
    await shows(tab, 'nobody')
  },
)
