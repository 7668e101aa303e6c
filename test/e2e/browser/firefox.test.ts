/**
 * The main path of the example in Firefox as Debian ships it, over WebDriver BiDi. Everything else about its pages is
 * tested in Chromium: Playwright drives no Firefox ESR. BiDi reports no refusal by the content security policy.
 */
import puppeteer, { type Browser, type BrowserContext, type Page } from 'puppeteer-core'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { findFirefox, installFirefox } from '../../../scripts/firefox.mjs'
import { FIREFOX, NAMES, PASSWORD, PHONE, useExample } from '../../support/browser.js'

vi.setConfig({ testTimeout: 120_000 })
let browser: Browser
// Installing takes a while.
beforeAll(async () => {
  await installFirefox()
  browser = await puppeteer.launch({ browser: 'firefox', executablePath: findFirefox() })
  return () => browser.close()
}, 300_000)

const { start } = useExample()
const profiles: BrowserContext[] = []
const errors: string[] = []
afterEach(async () => {
  await Promise.all(profiles.splice(0).map((profile) => profile.close()))
  expect(errors.splice(0)).toEqual([])
})

async function openWindow(profile: BrowserContext): Promise<Page> {
  const page = await profile.newPage({ type: 'window' })
  page.on('pageerror', (error) => errors.push(String(error)))
  return page
}

/** Signs in with a profile of its own, as this device, and shows the list. */
async function signIn(origin: string, agent?: string): Promise<Page> {
  const profile = await browser.createBrowserContext()
  profiles.push(profile)
  const page = await openWindow(profile)
  if (agent !== undefined) await page.setUserAgent({ userAgent: agent })
  await page.goto(origin)
  await page.locator('input[name=name]').fill('alice')
  await page.locator('input[name=password]').fill(PASSWORD)
  await press(page, 'button', 'Sign in')
  await shows(page, 'Your devices')
  return page
}

async function press(page: Page, role: 'button' | 'link', name: string): Promise<void> {
  await page.locator(`::-p-aria([name="${name}"][role="${role}"])`).click()
}

async function shows(page: Page, text: string): Promise<void> {
  await page.waitForSelector(`::-p-text(${text})`)
}

/** Resolves once the page lists these devices and no other. */
async function lists(page: Page, ...agents: (keyof typeof NAMES)[]): Promise<void> {
  for (const agent of agents) await page.waitForSelector(`.device[data-name="${NAMES[agent]}"]`)
  await page.waitForSelector(`.device:nth-child(${agents.length + 1})`, { hidden: true })
}

test('lists its devices, and ends another session, whose page is told', async () => {
  const origin = await start()
  // Named by the header that Firefox itself sends.
  const page = await signIn(origin)
  await lists(page, FIREFOX)
  const phone = await signIn(origin, PHONE)
  await lists(page, FIREFOX, PHONE)

  await press(page, 'link', `Sign out: ${NAMES[PHONE]}`)
  await press(page, 'button', `Sign out ${NAMES[PHONE]}`)
  await shows(page, `${NAMES[PHONE]} was signed out.`)
  await shows(phone, 'This device was signed out from another one.')
  await lists(page, FIREFOX)
})

test('a window that signs out takes the other along', async () => {
  const origin = await start()
  const page = await signIn(origin)
  const other = await openWindow(page.browserContext())
  await other.goto(origin)
  await press(other, 'button', 'Sign out')
  for (const window of [other, page]) await shows(window, 'You are signed out.')
})

test('the back button shows nothing private after signing out', async () => {
  const page = await signIn(await start())
  await press(page, 'link', 'Password')
  await shows(page, 'Old password')
  await press(page, 'button', 'Sign out')
  await shows(page, 'You are signed out.')
  await page.goBack()
  // Before the page's script could have led away.
  expect(await page.content()).not.toContain('Signed in as')
  await page.waitForSelector('input[name=name]')
})
