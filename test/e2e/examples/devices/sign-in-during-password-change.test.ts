/** A sign-in with the old password, which is being checked while the password is changed. */
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { CHROME, lists, PHONE, press, signIn, useBrowser } from '../../../support/browser.js'

// The other test files use the server's first database.
const client = new Redis(new URL('/14', inject('redisUrl')).href)
afterAll(async () => {
  await client.flushdb()
  client.disconnect()
})

const { open, device } = useBrowser(() => ({ client }))

/** Stops the next look at the account's password, after it has been read and until it may go on. */
function stopAtPassword(): { reached: Promise<void>; go(): void } {
  const { get } = client
  let go!: () => void
  const gone = new Promise<void>((resolve) => (go = resolve))
  const reached = new Promise<void>((resolve) => {
    client.get = async (key: unknown) => {
      client.get = get
      const text = await client.get(String(key))
      resolve()
      await gone
      return text
    }
  })
  return { reached, go }
}

test('a sign-in with the old password is refused, and says so; the new one works', async () => {
  const chrome = await device(CHROME)
  const phone = await open({ userAgent: PHONE })
  await phone.goto('/')
  await phone.getByLabel('Name').fill('alice')
  await phone.getByLabel('Password').fill('open sesame')
  const { reached, go } = stopAtPassword()
  const pressed = press(phone, 'Sign in')
  await reached

  await chrome.goto('/password')
  await chrome.getByLabel('Old password').fill('open sesame')
  await chrome.getByLabel('New password').fill('a better one')
  await press(chrome, 'Change the password')
  await chrome.getByText('Your password was changed.').waitFor()
  go()
  await pressed

  await phone.getByText('This account was signed out everywhere just now.').waitFor()
  await lists(chrome, CHROME)
  await signIn(phone, 'alice', 'a better one')
  await lists(chrome, CHROME, PHONE)
  expect((await phone.context().cookies()).length).toBe(1)
})
