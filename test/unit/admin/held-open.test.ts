/** A POST whose body takes its time: its operator may be none any more when it arrives. */
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { AdminOptions } from '../../../src/admin/index.js'
import type { SessionOptions } from '../../../src/index.js'
import { type Browser, createSite, fill, STORES } from '../../support/admin-app.js'

const ALL = '/admin/end-all?field=user_id&value=7'

interface HeldPost {
  /** Sends the rest of the body; resolves to the response. */
  finish(): Promise<string>
}

/** Sends a POST's headers and the first byte of its body. */
function holdOpen({ url, cookie }: Browser, path: string, csrf: string): HeldPost {
  const body = new URLSearchParams({ csrf }).toString()
  const { hostname, port } = url
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: ${url.host}`,
    `Cookie: ${cookie}`,
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ].join('\r\n')
  const socket = connect(Number(port), hostname)
  let response = ''
  const closed = new Promise<string>((resolve, reject) => {
    socket.on('data', (data) => (response += data.toString()))
    socket.once('close', () => resolve(response))
    socket.once('error', reject)
  })
  socket.write(`${head}\r\n\r\n${body.slice(0, 1)}`)
  return {
    finish() {
      socket.write(body.slice(1))
      return closed
    },
  }
}

type Site = Awaited<ReturnType<typeof createHeld>>

const WAYS: [string, (site: Site) => unknown][] = [
  ['whose session is revoked', ({ Session, operator }) => Session.revoke(operator.id)],
  [
    'whose role is taken away',
    ({ Session, operator }) => Session.store.set(operator.id, { role: 'visitor' }),
  ],
  ['whom the application no longer authorises', ({ operators }) => operators.delete('operator')],
]

/** An operator with a token, in an application that says when `authorize` has let a POST in. */
async function createHeld(options: Partial<SessionOptions>) {
  const operators = new Set(['operator'])
  let letIn: () => void = () => {}
  const authorized = new Promise<void>((resolve) => (letIn = resolve))
  const authorize: AdminOptions['authorize'] = async (ctx) => {
    const { role } = await ctx.session.peek(['role'])
    if (ctx.method === 'POST') letIn()
    return operators.has(String(role))
  }
  const site = await createSite({ options, page: { authorize } })
  const [id] = await fill(site.Session, 2, { user_id: '7', ip: 'token' })
  const operator = await site.signedIn()
  return { ...site, operators, operator, id, csrf: await operator.token(), authorized }
}

describe.each(STORES)('A POST held open, with sessions in %s', (_, store) => {
  describe.each(WAYS)('by an operator %s meanwhile', (__, dismiss) => {
    test.each([
      ['all', () => ALL],
      ['one', ({ id }: Site) => `/admin/end?field=user_id&value=7&id=${id}`],
    ])('does not end %s', async (___, path) => {
      const site = await createHeld(store())
      const post = holdOpen(site.operator, path(site), site.csrf)
      await site.authorized
      await dismiss(site)
      const response = await post.finish()
      expect(await site.Session.count('user_id', 7)).toBe(2)
      expect(response).toMatch(/^HTTP\/1\.1 403 /)
      expect(response).toContain('Nothing was ended.')
      expect(response).toContain("default-src 'none'")
    })
  })

  test('ends all for one who still is an operator', async () => {
    const site = await createHeld(store())
    const post = holdOpen(site.operator, ALL, site.csrf)
    await site.authorized
    expect(await post.finish()).toMatch(/^HTTP\/1\.1 303 /)
    expect(await site.Session.count('user_id', 7)).toBe(0)
  })
})
