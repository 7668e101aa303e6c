/** Three devices on one account, each a browser profile with a page open. */
import type { Page } from 'playwright-core'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  CHROME,
  confirm,
  FIREFOX,
  lists,
  NAMES,
  PHONE,
  press,
  saysAtSignIn,
  signIn,
  signOutDevice,
  useBrowser,
} from '../../../support/browser.js'

const { open, device } = useBrowser()

describe('with three devices', () => {
  let firefox: Page
  let phone: Page
  let chrome: Page

  beforeEach(async () => {
    firefox = await device(FIREFOX)
    phone = await device(PHONE)
    chrome = await device(CHROME)
  })

  test('each page lists all three, and less when one signs out, without being loaded again', async () => {
    for (const page of [firefox, phone, chrome]) await lists(page, FIREFOX, PHONE, CHROME)
    await firefox.getByText(`${NAMES[CHROME]} signed in.`).waitFor()
    const current = phone.getByRole('listitem').filter({ hasText: 'This device' })
    expect(await current.getByRole('heading').textContent()).toContain(NAMES[PHONE])

    await press(phone, 'Sign out')
    await saysAtSignIn(phone, 'You are signed out.')
    for (const page of [firefox, chrome]) await lists(page, FIREFOX, CHROME)
    await firefox.getByText(`${NAMES[PHONE]} is signed out.`).waitFor()
  })

  test('one that is ended goes to the sign-in page and says why; the others list two', async () => {
    await lists(firefox, FIREFOX, PHONE, CHROME)
    await signOutDevice(firefox, NAMES[PHONE])
    await firefox.getByText(`${NAMES[PHONE]} was signed out.`).waitFor()
    await saysAtSignIn(phone, 'This device was signed out from another one.')
    for (const page of [firefox, chrome]) await lists(page, FIREFOX, CHROME)
  })

  test('all others are ended at once, and their number is told; then all of them', async () => {
    await confirm(chrome, 'Sign out all others', 'Sign out all others')
    await chrome.getByText('2 other devices were signed out.').waitFor()
    for (const page of [firefox, phone]) {
      await saysAtSignIn(page, 'This device was signed out from another one.')
    }
    await lists(chrome, CHROME)

    await signIn(phone)
    await confirm(chrome, 'Sign out everywhere', 'Sign out everywhere')
    for (const page of [phone, chrome]) await saysAtSignIn(page, 'You were signed out everywhere.')
  })

  test('a new password ends the others, renews this one, and is asked for from then on', async () => {
    await chrome.goto('/password')
    const change = async (old: string) => {
      await chrome.getByLabel('Old password').fill(old)
      await chrome.getByLabel('New password').fill('a better one')
      await press(chrome, 'Change the password')
    }
    await change('not it')
    await chrome.getByText('This is not your password.').waitFor()
    await lists(phone, FIREFOX, PHONE, CHROME)

    const cookie = async () => (await chrome.context().cookies())[0]!.value
    const before = await cookie()
    await change('open sesame')
    await chrome.getByText('Your password was changed. 2 other devices were signed out.').waitFor()
    const after = await cookie()
    expect(after.split('.')[0]).toBe(before.split('.')[0])
    expect(after).not.toBe(before)
    for (const page of [firefox, phone]) {
      await saysAtSignIn(page, 'the password was changed on another device')
    }

    await phone.getByLabel('Name').fill('alice')
    await phone.getByLabel('Password').fill('open sesame')
    await press(phone, 'Sign in')
    await phone.getByText('Wrong name or password.').waitFor()
    await signIn(phone, 'alice', 'a better one')
    await lists(chrome, PHONE, CHROME)
  })
})

test('a second tab goes on when the first one renews the session', async () => {
  const tab = await device(FIREFOX)
  const other = await tab.context().newPage()
  await other.goto('/password')
  await other.getByLabel('Old password').fill('open sesame')
  await other.getByLabel('New password').fill('a better one')
  await press(other, 'Change the password')
  await other.getByText('No other device was signed in.').waitFor()
  // It follows again with the new cookie, and gets tokens that fit it.
  const phone = await open({ userAgent: PHONE })
  await signIn(phone, 'alice', 'a better one')
  await lists(tab, FIREFOX, PHONE)
  await press(tab, 'Sign out')
  await saysAtSignIn(tab, 'You are signed out.')
})

test('a second tab that signs out takes the first along', async () => {
  const tab = await device(FIREFOX)
  const other = await tab.context().newPage()
  await other.goto('/')
  await press(other, 'Sign out')
  await saysAtSignIn(tab, 'You are signed out.')
})

test('the operator finds and ends a session, and nobody else has that page', async () => {
  const alice = await device(FIREFOX)
  expect(await alice.getByRole('link', { name: 'Operator' }).count()).toBe(0)
  expect((await alice.request.get('/admin')).status()).toBe(404)
  const operator = await open()
  await signIn(operator, 'operator')
  await operator.getByRole('link', { name: 'Operator' }).click()
  await operator.getByLabel('Value').fill('alice')
  await press(operator, 'Find')
  await operator.getByRole('link', { name: /^End… the session of alice, / }).click()
  await press(operator, 'End 1 session')
  await saysAtSignIn(alice, 'An operator has signed you out.')
})
