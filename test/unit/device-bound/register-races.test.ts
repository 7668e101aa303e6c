/** A registration that races another one, revokeAll, or a sign-in. */
import { describe, expect, test } from 'vitest'
import { createBoundSite, Device, sessionsOf } from '../../support/device.js'
import { STORES } from '../../support/http-app.js'

describe.each(STORES)('registration, in %s, races', (_, options) => {
  const TRIES = 10

  test('another one: one key is kept, and only its device has a proof', async () => {
    const { browser } = createBoundSite(options())
    for (let i = 0; i < TRIES; i++) {
      const device = new Device(browser())
      const challenge = await device.signIn()
      const other = new Device(device.browser.copy())
      const answers = await Promise.all([device.register(challenge), other.register(challenge)])
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 403])
      const won = answers[0].status === 200 ? device : other
      expect((await won.refresh()).status).toBe(200)
      const lost = won === device ? other : device
      lost.identifier = won.identifier
      lost.refreshUrl = won.refreshUrl
      expect((await lost.refresh()).status).toBe(403)
    }
  })

  test('revokeAll: the session has ended either way', async () => {
    const { Session, browser } = createBoundSite(options())
    for (let i = 0; i < TRIES; i++) {
      const device = new Device(browser())
      const challenge = await device.signIn()
      const [answer] = await Promise.all([
        device.register(challenge),
        Session.revokeAll('user_id', 7),
      ])
      expect([200, 401, 403]).toContain(answer.status)
      expect(await Session.count('user_id', 7)).toBe(0)
      const { value } = await device.browser.visit((session) => session.peek())
      expect(value).toEqual({})
    }
  })

  test('signIn: no key of the user before is kept', async () => {
    const { Session, browser } = createBoundSite(options())
    for (let i = 0; i < TRIES; i++) {
      const device = new Device(browser())
      const challenge = await device.signIn(7)
      const tab = device.browser.copy()
      const [answer] = await Promise.all([
        device.register(challenge),
        tab.visit((session) => session.signIn({ user_id: 8 })),
      ])
      expect([200, 401, 403]).toContain(answer.status)
      const [found] = await sessionsOf({ Session }, 8)
      expect(found?.bound).toBe(false)
      await Session.revokeAll('user_id', 8)
    }
  })
})
