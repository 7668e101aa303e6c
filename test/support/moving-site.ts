/** A site that used another library before. That one kept its sessions in a Map. */
import { vi } from 'vitest'
import type { SessionOptions } from '../../src/index.js'
import type { OldSession } from '../../src/options/adoption.js'
import { createId } from '../../src/store/token.js'
import { type Browser, createSite } from './http-app.js'

const HOUR = 3_600_000
type Old = OldSession<Record<string, string | null>>

/** The site, and its visitors who had signed in before. */
export function createMovingSite(options: Partial<SessionOptions>, changed: Partial<Old> = {}) {
  const sessions = new Map<string, string>()
  const adopt = vi.fn((ctx: { cookies: { get(name: string): string | undefined } }) => {
    const from = ctx.cookies.get('old')
    if (from === undefined) return undefined
    return {
      from,
      until: Date.now() + HOUR,
      values: async () => {
        const user = sessions.get(from)
        return user === undefined ? undefined : { user_id: user, lang: 'de' }
      },
      done: () => sessions.delete(from),
      ...changed,
    }
  })
  const site = createSite({ ...options, adopt })
  const visitor = (user: string): Browser => {
    const browser = site.browser()
    const from = `secret of ${user} ${createId()}`.replaceAll(' ', '-')
    sessions.set(from, user)
    browser.cookies.set('old', from)
    return browser
  }
  return { ...site, adopt, sessions, visitor }
}
