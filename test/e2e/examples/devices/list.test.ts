/** The list of devices, which changes by itself while somebody is about to press a button. */
import { expect, test, vi } from 'vitest'
import {
  CHROME,
  FIREFOX,
  lists,
  NAMES,
  PHONE,
  press,
  signIn,
  signOutDevice,
  useBrowser,
} from '../../../support/browser.js'

const { open, device } = useBrowser()

test('the focus stays when the list changes, or moves to the message', async () => {
  const chrome = await device(CHROME)
  const page = await device(FIREFOX)
  await page.getByRole('link', { name: 'Sign out everywhere' }).focus()
  await device(PHONE)
  await lists(page, FIREFOX, CHROME, PHONE)
  await page.locator('#everywhere:focus').waitFor()
  await page.getByRole('link', { name: `Sign out: ${NAMES[CHROME]}` }).focus()
  await press(chrome, 'Sign out')
  await page.locator('#news:focus', { hasText: `${NAMES[CHROME]} is signed out.` }).waitFor()
  await page.locator('#news').click()
  await page.locator('#news:empty').waitFor({ state: 'attached' })
})

test('the list keeps its order, whoever is active', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  try {
    const agents = [CHROME, PHONE, FIREFOX]
    const pages = []
    for (const agent of agents) {
      pages.push(await device(agent))
      vi.setSystemTime(Date.now() + 120_000)
    }
    const [chrome, phone, firefox] = pages
    const order = async () => await firefox!.getByRole('heading', { level: 2 }).allTextContents()
    const expected = [/Firefox/, /Chrome/, /Safari/].map(
      (name) => expect.stringMatching(name) as string,
    )
    await lists(firefox!, ...([CHROME, PHONE, FIREFOX] as const))
    expect(await order()).toEqual(expected)
    for (const page of [phone, chrome]) {
      vi.setSystemTime(Date.now() + 120_000)
      await page!.reload()
      await firefox!.reload()
      expect(await order()).toEqual(expected)
    }
  } finally {
    vi.useRealTimers()
  }
})

test('work on the operator’s page is activity too', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  try {
    const operator = await open({ userAgent: FIREFOX })
    await signIn(operator, 'operator')
    vi.setSystemTime(Date.now() + 600_000)
    const page = await open({ userAgent: PHONE })
    await signIn(page, 'operator')
    const other = page.getByRole('listitem').filter({ hasText: NAMES[FIREFOX] })
    expect(await other.getByRole('definition').first().textContent()).toBe('10 minutes ago')
    await operator.goto('/admin')
    await other.getByRole('definition').first().filter({ hasText: 'just now' }).waitFor()
  } finally {
    vi.useRealTimers()
  }
})

test('two browsers that read alike are told apart', async () => {
  const page = await device(FIREFOX)
  await device(PHONE)
  await device(PHONE)
  await signOutDevice(page, `${NAMES[PHONE]} (2)`)
  await page.getByText(`${NAMES[PHONE]} (2) was signed out.`).waitFor()
  await lists(page, FIREFOX, PHONE)
})

test('a message covers nothing and moves nothing', async () => {
  const page = await device(FIREFOX, { viewport: { width: 390, height: 844 } })
  await device(CHROME)
  await page.locator('#news', { hasText: 'signed in.' }).waitFor()
  const box = async (selector: string) => (await page.locator(selector).boundingBox())!
  const [news, list] = [await box('#news'), await box('#devices')]
  expect(news.y + news.height).toBeLessThanOrEqual(list.y)
  await page.locator('#news').click()
  await page.locator('#news:empty').waitFor({ state: 'attached' })
  expect((await box('#devices')).y).toBe(list.y)
  // As before the script has connected.
  await page.evaluate(`document.body.classList.remove('live')`)
  expect((await box('#devices')).y).toBe(list.y)
})

test('the header has two rows on a phone, and nothing in them wraps', async () => {
  const page = await open({ userAgent: FIREFOX })
  await page.setViewportSize({ width: 390, height: 844 })
  await signIn(page, 'operator')
  const links = await page.locator('nav a').all()
  const boxes = await Promise.all(links.map((link) => link.boundingBox()))
  expect(boxes).toHaveLength(3)
  expect(new Set(boxes.map((box) => box!.y)).size).toBe(1)
  const [brand, account] = await Promise.all(
    ['.brand', '.account'].map(async (name) => (await page.locator(name).boundingBox())!),
  )
  expect(Math.abs(brand!.y + brand!.height / 2 - account!.y - account!.height / 2)).toBeLessThan(2)
})
