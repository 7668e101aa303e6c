/**
 * Sessions bound to a device, in a real Chromium over HTTPS. Chromium signs six times in nine minutes for a site, so each
 * test has a profile of its own. Where a test does not wait for the end of a proof, it takes the cookie away.
 */
import { Redis } from 'ioredis'
import type { BrowserContext, Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { confirm } from '../../support/browser.js'
import { signInBound, useDeviceBrowser } from '../../support/device-browser.js'
import { startServer } from '../../support/servers/server.js'

const { start, createBrowser } = useDeviceBrowser()
const PROOF = 'session-id-proof'

const devices = (page: Page) => page.getByRole('heading', { name: 'Your devices' }).waitFor()
const badge = (page: Page) => page.getByText('Bound to this device')
const signInPage = (page: Page) => page.getByRole('button', { name: 'Sign in' }).waitFor()
const endProof = (context: BrowserContext) => context.clearCookies({ name: PROOF })

test('it registers, refreshes, and survives a restart of the browser', async () => {
  const example = await start('10 minutes')
  const browser = await createBrowser()
  const context = await browser.open()
  const page = await context.newPage()
  await signInBound(page, example)
  await example.registered()
  await page.reload()
  await badge(page).waitFor()
  await page.goto(`${example.url}/binding`)
  await page.getByText('This session is bound').waitFor()
  expect(example.exchanges).toEqual(['register 200'])

  await endProof(context)
  // The options exclude it.
  expect(await page.evaluate("fetch('/style.css').then((answer) => answer.status)")).toBe(200)
  expect(example.exchanges).toEqual(['register 200'])
  await page.goto(example.url)
  await devices(page)
  expect(example.exchanges).toEqual(['register 200', 'refresh 403', 'refresh 200'])

  await endProof(context)
  await context.close()
  const reopened = await browser.open()
  const again = await reopened.newPage()
  await again.goto(example.url)
  await devices(again)
  await badge(again).waitFor()
  expect(example.exchanges.slice(3)).toEqual(['refresh 403', 'refresh 200'])
})

test('several tabs open signed in', async () => {
  const example = await start('10 minutes')
  const context = await (await createBrowser()).open()
  const page = await context.newPage()
  await signInBound(page, example)
  await example.registered()
  const tabs = await Promise.all([context.newPage(), context.newPage()])
  await endProof(context)
  await Promise.all([page, ...tabs].map((tab) => tab.goto(example.url)))
  await Promise.all([page, ...tabs].map(devices))
})

test('a link from another site opens signed in, after the proof is over', async () => {
  const example = await start('10 minutes')
  const context = await (await createBrowser()).open()
  const page = await context.newPage()
  await signInBound(page, example)
  await example.registered()
  await endProof(context)
  const mail = await context.newPage()
  // Another site than localhost.
  await mail.goto(example.url.replace('localhost', '127.0.0.1'))
  await mail.evaluate(`location.href = ${JSON.stringify(example.url)}`)
  await devices(mail)
  const refresh = example.answered.find(({ path }) => path === '/device-session/refresh')
  // Cookies that are SameSite=Lax do not come with it.
  expect(refresh?.cookie).not.toContain('session-id=')
})

test('an outage of Redis during a refresh ends nothing', async () => {
  const server = await startServer()
  const client = new Redis(server.url)
  onTestFinished(async () => {
    client.disconnect()
    await server.stop()
  })
  const example = await start('10 minutes', client)
  const context = await (await createBrowser()).open()
  const page = await context.newPage()
  await signInBound(page, example)
  await example.registered()
  // The open page would reload by itself.
  await page.goto('about:blank')
  await endProof(context)
  server.freeze()
  const answer = await page.goto(example.url)
  expect(answer?.status()).toBe(503)
  expect(example.exchanges).toContain('refresh 503')
  server.thaw()
  await page.goto(example.url)
  await devices(page)
  expect(example.exchanges.at(-1)).toBe('refresh 200')
})

test('after a revokeAll the page is signed out, and the browser forgets its key', async () => {
  const example = await start('10 minutes')
  const context = await (await createBrowser()).open()
  const page = await context.newPage()
  await signInBound(page, example)
  await example.registered()
  // The first request with a proof binds the session; the page's own may have left before it had one.
  await page.reload()
  await badge(page).waitFor()
  const other = await (await (await createBrowser()).open()).newPage()
  await signInBound(other, example)
  await other.getByText('Bound to its device').waitFor()
  await confirm(other, 'Sign out everywhere', 'Sign out everywhere')
  await signInPage(page)
  await endProof(context)
  await page.goto(example.url)
  await signInPage(page)
  const refreshes = () => example.exchanges.filter((one) => one.startsWith('refresh'))
  expect(refreshes()).toEqual(['refresh 200'])
  await page.goto(example.url)
  await signInPage(page)
  expect(refreshes()).toHaveLength(1)
})

test('copied cookies open nothing once the proof is over, and renew nothing', async () => {
  const example = await start('3 seconds')
  const context = await (await createBrowser()).open()
  const page = await context.newPage()
  await signInBound(page, example)
  await example.registered()
  const cookies = await context.cookies(example.url)
  const copied = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  const id = /session-id=([\w-]{20})/.exec(copied)![1]!
  expect(copied).toContain(PROOF)
  expect(await example.get('/', copied)).toContain('Your devices')

  // The clock decides, and nothing tells: a proof of three seconds and the five for requests under way.
  await new Promise((resolve) => setTimeout(resolve, 8_500))
  expect(await example.get('/', copied)).toContain('Sign in')
  const register = await example.request('POST', '/device-session/register', { cookie: copied })
  expect(register.status).toBe(400)
  const refresh = await example.request('POST', '/device-session/refresh', {
    cookie: copied,
    'sec-secure-session-id': `"${id}.AAAAAAAA"`,
  })
  expect(refresh.text).toBe('{"continue":false}')
  await page.goto(example.url)
  await devices(page)
})
