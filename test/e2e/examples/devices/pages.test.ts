/** The pages themselves: for everybody, without the script, and with rubbish in them. */
import { expect, test } from 'vitest'
import {
  confirm,
  faults,
  FIREFOX,
  lists,
  NAMES,
  PASSWORD,
  PHONE,
  press,
  saysAtSignIn,
  signIn,
  signOutDevice,
  tabTo,
  usable,
  useBrowser,
} from '../../../support/browser.js'

const { open, device } = useBrowser()

test('every page has a title, labels, contrast, and no sideways scrolling', async () => {
  const page = await open()
  const titles = new Set<string>()
  const check = async () => {
    titles.add(await page.title())
    await usable(page)
  }

  await page.goto('/')
  await check()
  await page.goto('/?as=alice')
  await check()
  await page.goto('/?again=alice')
  await check()
  await page.getByLabel('Name').fill('alice')
  await page.getByLabel('Password').fill('wrong')
  await press(page, 'Sign in')
  await page.getByText('Wrong name or password.').waitFor()
  await check()

  await device('x'.repeat(200))
  await signIn(page, 'alice')
  await page.getByLabel('A note').fill('n'.repeat(200))
  await press(page, 'Keep the note')
  await page.getByText('Note kept.').waitFor()
  await check()
  const phone = await device(PHONE)
  await page.locator('#news', { hasText: 'Safari on iOS signed in.' }).waitFor()
  await check()

  for (const link of ['Sign out: Safari on iOS', 'Sign out all others', 'Sign out everywhere']) {
    await page.goto('/')
    await page.getByRole('link', { name: link, exact: true }).click()
    await page.getByRole('link', { name: 'Cancel' }).waitFor()
    await check()
  }

  await page.goto('/password')
  await check()
  await page.getByLabel('Old password').fill('wrong')
  await page.getByLabel('New password').fill('long enough')
  await press(page, 'Change the password')
  await page.getByText('This is not your password.').waitFor()
  await check()
  // The browser itself refuses it.
  await page.evaluate(`document.querySelector('[minlength]').removeAttribute('minlength')`)
  await page.getByLabel('Old password').fill('open sesame')
  await page.getByLabel('New password').fill('short')
  await press(page, 'Change the password')
  await page.getByText('Please choose 8 to 200 characters.').waitFor()
  expect(await page.getByText('At least 8 characters.').count()).toBe(0)
  await check()

  // Forms that are not of this page.
  await page.evaluate(`document.querySelector('[name=csrf]').value = 'x'`)
  await press(page, 'Sign out')
  await page.getByText('The form was too old').waitFor()
  await check()
  await page.goto('/password')
  await page.evaluate(`document.querySelector('main form').action = '/'`)
  await page.getByLabel('Old password').fill('open sesame')
  await page.getByLabel('New password').fill('long enough')
  await press(page, 'Change the password')
  await page.getByRole('heading', { name: 'Method Not Allowed' }).waitFor()
  await check()
  await page.goto('/nowhere')
  await check()

  await press(page, 'Sign out')
  await page.getByText('You are signed out.').waitFor()
  await check()
  await page.goto('/nowhere')
  await page.getByRole('link', { name: 'Go to the sign-in page' }).waitFor()
  await check()
  await signIn(page)
  await phone.goto('/')
  await confirm(phone, 'Sign out all others', 'Sign out all others')
  await saysAtSignIn(page, 'This device was signed out from another one.')
  await check()
  expect(titles.size).toBe(9)
})

test('axe-core finds what is wrong', async () => {
  const page = await open()
  await page.goto('/')
  await page.evaluate(`document.querySelector('label').remove()`)
  expect((await faults(page)).join()).toMatch(/^label: <input/)
})

test('everything can be done by keyboard, and is seen to have the focus', async () => {
  await device(PHONE)
  const page = await open({ userAgent: FIREFOX })

  await page.goto('/')
  await tabTo(page, 'Name')
  await page.keyboard.type('alice')
  await tabTo(page, 'Password')
  await page.keyboard.type(PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Your devices' }).waitFor()
  await tabTo(page, `Sign out: ${NAMES[PHONE]}`)
  await page.keyboard.press('Enter')
  await page.waitForURL(/end|everywhere/)
  await tabTo(page, `Sign out ${NAMES[PHONE]}`)
  await page.keyboard.press('Enter')
  // It has the focus, so it is read out.
  await page.locator('.notice:focus', { hasText: `${NAMES[PHONE]} was signed out.` }).waitFor()
  await tabTo(page, 'A note in this session')
  await page.keyboard.type('two loaves')
  await page.keyboard.press('Enter')
  await page.locator('.notice:focus', { hasText: 'Note kept.' }).waitFor()

  await device(PHONE)
  await lists(page, FIREFOX, PHONE)
  await tabTo(page, 'Sign out all others')
  await page.keyboard.press('Enter')
  await page.waitForURL(/end|everywhere/)
  await tabTo(page, 'Sign out all others')
  await page.keyboard.press('Enter')
  await page.locator('.notice:focus', { hasText: '1 other device was signed out.' }).waitFor()

  await page.getByRole('link', { name: 'Password' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Change your password' }).waitFor()
  const change = async (old: string) => {
    await page.keyboard.type(old)
    await tabTo(page, 'New password')
    await page.keyboard.type('a better one')
    await page.keyboard.press('Enter')
  }
  await tabTo(page, 'Old password')
  await change('wrong')
  await page.locator('#old:focus').waitFor()
  await change(PASSWORD)
  await page.locator('.notice:focus', { hasText: 'Your password was changed.' }).waitFor()

  const { request } = await device(PHONE, {}, 'a better one')
  await lists(page, FIREFOX, PHONE)
  await tabTo(page, 'Sign out everywhere')
  await page.keyboard.press('Enter')
  await page.waitForURL(/end|everywhere/)
  await tabTo(page, 'Sign out everywhere')
  await page.keyboard.press('Enter')
  await page.getByText('You were signed out everywhere.').waitFor()
  expect(await (await request.get('/')).text()).toContain('You were signed out everywhere.')

  // With "Remember me", by way of a wrong password.
  await tabTo(page, 'Name')
  await page.keyboard.type('alice')
  await tabTo(page, 'Password')
  await page.keyboard.type('wrong')
  await tabTo(page, 'Remember me for 30 days, also when I close the browser')
  await page.keyboard.press('Space')
  await page.keyboard.press('Enter')
  await page.locator('#password:focus').waitFor()
  await page.keyboard.type('a better one')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Your devices' }).waitFor()
  const [cookie] = await page.context().cookies()
  expect(cookie!.expires * 1000 - Date.now()).toBeGreaterThan(29 * 86_400_000)
})

test('without the script the next click says that the session has ended', async () => {
  const firefox = await open({ javaScriptEnabled: false, userAgent: FIREFOX })
  await signIn(firefox)
  const phone = await open({ javaScriptEnabled: false, userAgent: PHONE })
  await signIn(phone)
  await lists(phone, FIREFOX, PHONE)
  await signOutDevice(phone, NAMES[FIREFOX])
  await lists(phone, PHONE)
  await firefox.getByRole('link', { name: 'Password' }).click()
  await firefox.getByText('This device was signed out from another one.').waitFor()

  await signIn(firefox)
  await firefox.getByRole('link', { name: 'Password' }).click()
  await firefox.getByLabel('Old password').fill(PASSWORD)
  await firefox.getByLabel('New password').fill('a better one')
  await press(firefox, 'Change the password')
  await firefox.getByText('Your password was changed. 1 other device was signed out.').waitFor()
  await press(phone, 'Sign out')
  await phone.getByText('the password was changed on another device').waitFor()
  await press(firefox, 'Sign out')
  await firefox.getByText('You are signed out.').waitFor()
})

test('a User-Agent header is escaped', async () => {
  const rubbish = 'Mozilla/5.0 "><img src=x onerror=alert(1)><script>alert(2)</script>'
  const page = await device(FIREFOX)
  // It comes with the page, and over the stream.
  await device(rubbish)
  await page.getByRole('listitem').nth(3).waitFor()
  await page.goto('/')
  expect(await page.locator('img, main script').count()).toBe(0)
  // One that parses: a browser's name is taken from what it sends.
  const named = await device('<b>bold</b>/1.0 (X11; Linux x86_64)')
  await named.getByRole('heading', { name: 'This device' }).waitFor()
  expect(await named.locator('main b').count()).toBe(0)
})

test('the back button shows nothing private after signing out', async () => {
  const page = await device(FIREFOX)
  await page.goto('/password')
  await press(page, 'Sign out')
  await page.getByText('You are signed out.').waitFor()
  await page.goBack()
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  expect(await page.getByText('Signed in as').count()).toBe(0)
})
