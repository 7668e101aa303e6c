/** Real browsers for the tests of the example: one Chromium, and a profile for each device. */
import { once } from 'node:events'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import axe from 'axe-core'
import type { Redis } from 'ioredis'
import type Koa from 'koa'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'
import { afterEach, beforeAll, beforeEach, expect, inject, vi } from 'vitest'

interface Options {
  client?: Redis
  pollInterval?: number
}
type CreateApp = (options: Options & { closing: AbortSignal }) => Koa

export const PASSWORD = 'open sesame'
export const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
export const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'
export const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
export const NAMES = {
  [FIREFOX]: 'Firefox on Linux',
  [PHONE]: 'Safari on iOS',
  [CHROME]: 'Chrome on Windows',
}

const load = createRequire(import.meta.url)

let connected: Promise<Browser> | undefined

/** Connects this worker to the Chromium of all. */
export async function connectChromium(): Promise<Browser> {
  const where = inject('chromium')
  if ('failure' in where) throw new Error(where.failure)
  return chromium.connect(where.endpoint)
}

/** An example of the test's own, for each that is started: in memory, if not told. */
export function useExample(example: () => Options = () => ({})) {
  load('./cheap-scrypt.cjs')
  const { createApp } = load('../../examples/devices/app.js') as { createApp: CreateApp }
  const stops: (() => Promise<void>)[] = []

  /** Starts the example, until the test is over, and says where. */
  async function start(): Promise<string> {
    const closing = new AbortController()
    const server = createApp({ ...example(), closing: closing.signal }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    stops.push(async () => {
      closing.abort()
      const closed = once(server.close(), 'close')
      server.closeAllConnections()
      await closed
    })
    return `http://localhost:${(server.address() as AddressInfo).port}`
  }

  afterEach(async () => {
    await Promise.all(stops.splice(0).map((stop) => stop()))
  })

  return { start }
}

/** Chromium, and for each test an example of its own: in memory, if not told. */
export function useBrowser(example?: () => Options) {
  const { start } = useExample(example)
  let browser: Browser
  let origin: string
  const profiles: BrowserContext[] = []
  const complaints: string[] = []

  // A browser needs much of a busy machine.
  vi.setConfig({ testTimeout: 120_000 })
  beforeAll(async () => {
    browser = await (connected ??= connectChromium())
  })
  beforeEach(async () => {
    origin = await start()
  })
  // Before the example stops: hooks after a test run in reverse.
  afterEach(async () => {
    await Promise.all(profiles.splice(0).map((profile) => profile.close()))
    expect(complaints.splice(0)).toEqual([])
  })

  /** Opens a page in a profile of its own, with a window as wide as a phone's or a computer's. */
  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    // Without motion, which shows colours for a moment that are none of the page's.
    const reducedMotion = 'reduce'
    const profile = await browser.newContext({ baseURL: origin, reducedMotion, ...options })
    profile.setDefaultTimeout(30_000)
    profiles.push(profile)
    // An error in the page's script, or something that the content security policy refused.
    profile.on('weberror', (error) => complaints.push(error.error().message))
    profile.on('console', (message) => {
      const text = message.text()
      if (message.type() === 'error' && !text.startsWith('Failed to load')) complaints.push(text)
    })
    return profile.newPage()
  }

  /** A device that is signed in, and shows the list. */
  async function device(
    agent: string,
    options: BrowserContextOptions = {},
    password = PASSWORD,
  ): Promise<Page> {
    const page = await open({ userAgent: agent, ...options })
    // By the profile's own requests, which is faster than by its page.
    const { request } = page
    const csrf = /name="csrf" value="([^"]+)"/.exec(await (await request.get('/')).text())![1]!
    const form = { csrf, name: 'alice', password }
    await request.post('/sign-in', { form, maxRedirects: 0 })
    await page.goto('/')
    await page.getByRole('heading', { name: 'Your devices' }).waitFor()
    return page
  }

  return { open, device, start }
}

export async function signIn(page: Page, name = 'alice', password = PASSWORD): Promise<void> {
  await page.goto('/')
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Your devices' }).waitFor()
}

/** Clicks a button in the page, by its whole name. */
export async function press(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click()
}

/** Follows a link of the list of devices, by its whole name, and says yes to what its page asks. */
export async function confirm(page: Page, link: string, yes: string): Promise<void> {
  await page.getByRole('link', { name: link, exact: true }).click()
  await page.getByRole('heading', { name: /\?$/ }).waitFor()
  await press(page, yes)
}

/** Signs out another device, which has this name in the list. */
export async function signOutDevice(page: Page, name: string): Promise<void> {
  await confirm(page, `Sign out: ${name}`, `Sign out ${name}`)
}

/** Resolves once the page lists these devices and no other, in whatever order. */
export async function lists(page: Page, ...agents: (keyof typeof NAMES)[]): Promise<void> {
  const items = page.getByRole('listitem').filter({ has: page.getByRole('heading') })
  for (const agent of agents) await items.filter({ hasText: NAMES[agent] }).waitFor()
  await items.nth(agents.length).waitFor({ state: 'detached' })
}

/** Resolves once the page is the sign-in page, and says this. */
export async function saysAtSignIn(page: Page, why: string): Promise<void> {
  await page.getByRole('status').filter({ hasText: why }).waitFor()
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
}

/** What axe-core finds wrong with a page, with where. */
export async function faults(page: Page): Promise<string[]> {
  if (await page.evaluate('typeof axe === "undefined"')) await page.evaluate(axe.source)
  // Only these come from the browser: what is right about a page is much more.
  return page.evaluate<string[]>(`
    axe.run({ resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } }).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)),
    )
  `)
}

/** That a page can be used: in light and dark, on a phone and on a wide screen. */
export async function usable(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const width of [360, 1200]) {
      await page.setViewportSize({ width, height: 800 })
      const where = `${page.url()}, ${colorScheme}, ${width} pixels`
      expect(await faults(page), where).toEqual([])
      const wide = await page.evaluate('document.documentElement.scrollWidth')
      expect(wide, where).toBeLessThanOrEqual(width)
    }
  }
}

/** Goes on by the keyboard to what has this name. */
export async function tabTo(page: Page, name: string): Promise<void> {
  for (let tabs = 0; tabs < 30; tabs++) {
    await page.keyboard.press('Tab')
    const [given, outline] = await page.evaluate<[string, string]>(`
      (({ ariaLabel, labels, textContent }, { outlineStyle }) => [
        ariaLabel ?? (labels?.[0]?.textContent ?? textContent).replaceAll(/\\s+/g, ' ').trim(),
        outlineStyle,
      ])(document.activeElement, getComputedStyle(document.activeElement))
    `)
    if (given !== name) continue
    expect(outline, name).toBe('solid')
    return
  }
  throw new Error(`no Tab leads to ${name}`)
}
