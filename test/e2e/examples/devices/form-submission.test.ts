/** Forms that are sent, and what comes back, or does not. */
import { Redis } from 'ioredis'
import { describe, expect, test } from 'vitest'
import { freePort } from '../../../support/servers/ports.js'
import {
  CHROME,
  FIREFOX,
  lists,
  press,
  signIn,
  usable,
  useBrowser,
} from '../../../support/browser.js'

const { open, device } = useBrowser()

test('no form is sent again by going back, and each address can be opened', async () => {
  const page = await open()
  await page.goto('/')
  await page.getByLabel('Name').fill('alice')
  await page.getByLabel('Password').fill('wrong')
  await press(page, 'Sign in')
  await page.getByText('Wrong name or password.').waitFor()
  expect(new URL(page.url()).pathname).toBe('/')
  await page.reload()
  await signIn(page)
  await page.goto('/password')
  await page.getByLabel('Old password').fill('wrong')
  await page.getByLabel('New password').fill('long enough')
  await press(page, 'Change the password')
  await page.getByText('This is not your password.').waitFor()
  expect(new URL(page.url()).pathname).toBe('/password')
  await page.getByRole('link', { name: 'Devices' }).click()
  await page.getByRole('heading', { name: 'Your devices' }).waitFor()
  await page.goBack()
  await page.getByRole('heading', { name: 'Change your password' }).waitFor()
  await page.goto('/sign-in')
  await page.getByRole('heading', { name: 'Your devices' }).waitFor()
})

test('a form that was not answered can be sent again, and meanwhile the list goes on', async () => {
  const page = await device(FIREFOX)
  await page.clock.install()
  await page.goto('/')
  await lists(page, FIREFOX)
  let sent = 0
  await page.route('**/note', async (route) => {
    sent++
    // It leaves the page as it is.
    await route.fulfill({ status: 204 })
  })
  await page.getByLabel('A note').fill('two loaves')
  await press(page, 'Keep the note')
  await expect.poll(() => sent).toBe(1)
  // No more than one at a time.
  await press(page, 'Keep the note')
  await page.clock.fastForward(5000)
  await device(CHROME)
  await lists(page, FIREFOX, CHROME)
  await page.unroute('**/note')
  expect(sent).toBe(1)
  await press(page, 'Keep the note')
  await page.getByText('Note kept.').waitFor()
})

describe('while Redis is away', async () => {
  const client = new Redis({
    port: await freePort(),
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy: () => null,
  })
  client.on('error', () => {})
  const away = useBrowser(() => ({ client }))

  test('a page says so', async () => {
    const page = await away.open()
    await page.goto('/')
    await page.getByText('The sessions cannot be reached right now.').waitFor()
    await page.getByRole('link', { name: 'Try again' }).waitFor()
    await usable(page)
  })
})
