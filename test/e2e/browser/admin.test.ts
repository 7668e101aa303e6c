/** The operator's page in a real browser. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { press, tabTo, usable, useBrowser } from '../../support/browser.js'
import { pauseRevokeAll } from '../../support/paused-revoke-all.js'
import { createSite, fill, type Site } from '../../support/admin-app.js'

const { open } = useBrowser()
const SEVEN = '/admin/?field=user_id&value=7'
const EVIL = '"><img src=x onerror=alert(1)><script>alert(2)</script>'

async function operator(site: Site, options: { javaScriptEnabled?: boolean } = {}): Promise<Page> {
  const page = await open({ baseURL: site.origin, ...options })
  await page.request.get('/sign-in?role=operator')
  return page
}

const heading = (page: Page, name: string) => page.getByRole('heading', { name }).waitFor()

test('every page has a title, labels, contrast, and no sideways scrolling', async () => {
  const { wrap, paused } = pauseRevokeAll()
  const history = async () => [
    { at: Date.now(), event: 'ended', id: 'x', details: { by: 'owner', [EVIL]: EVIL } },
    { at: 0, event: EVIL, id: EVIL },
  ]
  const site = await createSite({
    wrap,
    page: {
      back: '/',
      history,
      recent: async () => [{ at: 0, event: EVIL, details: { user_id: EVIL, [EVIL]: EVIL } }],
      labels: { user_id: 'Account' },
      format: { note: (note) => `${note} ${EVIL}` },
    },
  })
  await fill(site.Session, 30, {
    user_id: '7',
    ip: 'x'.repeat(70),
    agent: 'x'.repeat(500),
    note: 'two loaves',
    [EVIL]: EVIL,
  })
  const page = await operator(site)
  const [one] = await fill(site.Session, 1, { user_id: '7', agent: EVIL })
  await page.request.get('/sign-in?user_id=7')
  for (const address of [
    '/admin/',
    `${SEVEN}&ended=gone`,
    '/admin/?field=user_id&value=none',
    '/admin/?field=none&value=none',
    `/admin/end?field=user_id&value=7&id=${one}`,
    '/admin/end?field=user_id&value=7&id=gone',
    '/admin/end-all?field=user_id&value=none',
    '/admin/history?field=user_id&value=7',
    '/admin/history?field=user_id&value=7&id=x',
    '/admin/nothing',
  ]) {
    await page.goto(address)
    expect(await page.title()).not.toBe('')
    expect(await page.locator('main img, main script').count(), address).toBe(0)
    await usable(page)
  }
  await page.goto(SEVEN)
  await page.evaluate(`for (const one of document.querySelectorAll('details')) one.open = true`)
  await usable(page)
  await page.goto('/admin/end-all?field=user_id&value=7')
  await usable(page)
  await press(page, 'End 31 sessions')
  await paused()
  await heading(page, 'Ending sessions…')
  await usable(page)
  await press(page, 'Stop')
  await heading(page, 'Stopped')
  await usable(page)
})

test.each([true, false])('it works by keyboard, with scripts: %s', async (javaScriptEnabled) => {
  const { wrap, paused, step } = pauseRevokeAll()
  const site = await createSite({ wrap })
  await fill(site.Session, 1999, { user_id: '7' })
  const [id] = await fill(site.Session, 1, { user_id: '8' })
  const page = await operator(site, { javaScriptEnabled })
  const enter = async (name: string) => {
    await tabTo(page, name)
    await page.keyboard.press('Enter')
  }
  const focused = (text: string) => page.locator(':focus', { hasText: text }).waitFor()

  await page.goto('/admin')
  await tabTo(page, 'Value')
  await page.keyboard.type('8')
  await page.keyboard.press('Enter')
  await heading(page, '1 session with user_id 8')
  await page
    .getByRole('link', { name: /^End… the session of 8, active (now|\d+ seconds? ago)$/ })
    .focus()
  await page.keyboard.press('Enter')
  await heading(page, 'End 1 session?')
  await page.getByText(id!).waitFor()
  await enter('End 1 session')
  await focused('1 session has ended.')
  // No form is sent again, and none is asked for.
  await page.goBack()
  await page.getByText('This session has ended already.').waitFor()
  await page.goto('/admin/end-all?field=user_id&value=7')
  await enter('End 1,999 sessions')
  await paused()
  await heading(page, 'Ending sessions…')
  const value = async () => Number(await page.getByRole('progressbar').getAttribute('value'))
  const before = await value()
  await tabTo(page, 'Stop')
  step()
  await paused()
  if (javaScriptEnabled) {
    await page.getByRole('link', { name: 'Update' }).waitFor({ state: 'hidden' })
    await page.locator(`progress:not([value="${before}"])`).waitFor()
    await focused('Stop')
  } else {
    await enter('Update')
    await page.locator(`progress:not([value="${before}"])`).waitFor()
    await tabTo(page, 'Stop')
  }
  await page.keyboard.press('Enter')
  await heading(page, 'Stopped')
  await focused('before the stop.')
})

test('the page of a job says by itself when it is done', async () => {
  const { wrap, paused, step } = pauseRevokeAll()
  const site = await createSite({ wrap })
  await fill(site.Session, 600, { user_id: '7' })
  const page = await operator(site)
  await page.goto('/admin/end-all?field=user_id&value=7')
  await press(page, 'End 600 sessions')
  await paused()
  await heading(page, 'Ending sessions…')
  while ((await site.Session.count('user_id', 7)) > 0) {
    step()
    await paused()
  }
  step()
  await page.locator('.notice:focus', { hasText: '600 sessions with user_id 7 ended.' }).waitFor()
})

test('the details of a session unfold by keyboard, and a phone shows no table', async () => {
  const site = await createSite({ page: { back: '/', fields: ['user_id', 'ip', 'agent', 'note'] } })
  await fill(site.Session, 1, { user_id: '7', ip: '::1', agent: 'Firefox', note: 'two loaves' })
  const page = await operator(site)
  await page.goto(SEVEN)
  const note = page.getByText('two loaves')
  expect(await note.isVisible()).toBe(false)
  await tabTo(page, 'Details')
  await page.keyboard.press('Enter')
  await note.waitFor()

  const top = async (name: string) =>
    (await page.getByRole('cell', { name, exact: true }).boundingBox())!.y
  await page.setViewportSize({ width: 1200, height: 800 })
  expect(await top('::1')).toBe(await top('Firefox'))
  await page.setViewportSize({ width: 390, height: 800 })
  expect(await top('::1')).toBeLessThan(await top('Firefox'))
  // It still is one for screen readers.
  const devtools = await page.context().newCDPSession(page)
  const { nodes } = await devtools.send('Accessibility.getFullAXTree')
  const named = nodes.map(({ role, name }) => `${role?.value} ${name?.value}`)
  for (const node of ['columnheader agent', 'rowheader 7', 'cell Firefox']) {
    expect(named).toContain(node)
  }
})
