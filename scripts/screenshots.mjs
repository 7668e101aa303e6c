/**
 * Takes the README's pictures of the example with Chromium: the list of devices, light and dark.
 */
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { mock } from 'node:test'
import { chromium } from 'playwright-core'
import { launchOptions } from './chromium.mjs'

const { createApp } = createRequire(import.meta.url)('../examples/devices/app.js')
const FOLDER = new URL('../docs/images/', import.meta.url)
const HOUR = 3_600_000
// How long ago each signed in, and its User-Agent.
const OTHERS = [
  [19 * HOUR, 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'],
  [
    2 * HOUR,
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  ],
]
const OWN =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

const closing = new AbortController()
const server = createApp({ closing: closing.signal }).listen(0, '127.0.0.1')
await once(server, 'listening')
const baseURL = `http://localhost:${server.address().port}`
const browser = await chromium.launch(launchOptions())
try {
  const now = Date.now()
  mock.timers.enable({ apis: ['Date'] })
  for (const [ago, userAgent] of OTHERS) {
    mock.timers.setTime(now - ago)
    await signIn(await browser.newContext({ baseURL, userAgent }))
  }
  mock.timers.setTime(now)
  const viewport = { width: 820, height: 620 }
  const profile = await browser.newContext({ baseURL, viewport, userAgent: OWN })
  const page = await signIn(profile)
  await page.getByRole('listitem').filter({ hasText: 'Safari' }).waitFor()
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme })
    const { pathname } = new URL(`devices-${colorScheme}.png`, FOLDER)
    await page.screenshot({ path: pathname })
    console.log(pathname)
  }
} finally {
  closing.abort()
  await browser.close()
  server.close()
  server.closeAllConnections()
}

async function signIn(profile) {
  const page = await profile.newPage()
  await page.goto('/')
  await page.getByLabel('Name').fill('alice')
  await page.getByLabel('Password').fill('open sesame')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Your devices' }).waitFor()
  return page
}
