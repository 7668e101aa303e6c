/**
 * Takes the pictures of the README and the guide with Chromium, light and dark: the list of devices and the operator's
 * page of the example. They look best where the font Inter is installed.
 */
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { mock } from 'node:test'
import { chromium } from 'playwright-core'
import { launchOptions } from './chromium.mjs'

const { createApp } = createRequire(import.meta.url)('../examples/devices/app.js')
const FOLDER = new URL('../docs/images/', import.meta.url)
const HOUR = 3_600_000
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
// How long ago each signed in, its User-Agent, and an address that belongs to nobody (RFC 5737).
const OTHERS = [
  [19 * HOUR, FIREFOX, '203.0.113.7'],
  [2 * HOUR, SAFARI, '198.51.100.24'],
]

const closing = new AbortController()
const app = createApp({ closing: closing.signal })
// The addresses come by X-Forwarded-For.
app.proxy = true
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const baseURL = `http://localhost:${server.address().port}`
const browser = await chromium.launch(launchOptions())
try {
  const now = Date.now()
  mock.timers.enable({ apis: ['Date'] })
  for (const [ago, userAgent, address] of OTHERS) {
    mock.timers.setTime(now - ago)
    await signIn('alice', { userAgent, address })
  }
  mock.timers.setTime(now)
  const viewport = { width: 820, height: 720 }
  const page = await signIn('alice', { userAgent: CHROME, address: '203.0.113.7', viewport })
  await page.locator('.live').waitFor({ state: 'attached' })
  await take(page, 'devices', '#devices')

  const operator = await signIn('operator', {
    userAgent: FIREFOX,
    address: '192.0.2.40',
    viewport: { width: 1080, height: 720 },
  })
  await operator.goto('/admin/?field=user_id&value=alice')
  await operator.getByText('Details').first().click()
  await take(operator, 'admin', 'main > section')
} finally {
  closing.abort()
  await browser.close()
  server.close()
  server.closeAllConnections()
}

async function signIn(name, { address, ...options }) {
  const profile = await browser.newContext({
    baseURL,
    deviceScaleFactor: 2,
    reducedMotion: 'reduce',
    extraHTTPHeaders: { 'X-Forwarded-For': address },
    ...options,
  })
  const page = await profile.newPage()
  await page.goto('/')
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill('open sesame')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Your devices' }).waitFor()
  return page
}

/** Takes a page down to the end of an element. */
async function take(page, name, last) {
  const { y, height } = await page.locator(last).boundingBox()
  const { width } = page.viewportSize()
  await page.setViewportSize({ width, height: Math.ceil(y + height) + 16 })
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme })
    const { pathname } = new URL(`${name}-${colorScheme}.png`, FOLDER)
    await page.screenshot({ path: pathname })
    console.log(pathname)
  }
}
