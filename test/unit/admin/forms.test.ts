/** What may change something: a POST with the operator's own token, and nothing else. */
import { connect } from 'node:net'
import { bodyParser } from '@koa/bodyparser'
import type Koa from 'koa'
import { describe, expect, test } from 'vitest'
import { createSite, fill, STORES } from '../../support/admin-app.js'

const ONE = '/admin/end?field=user_id&value=7'
const ALL = '/admin/end-all?field=user_id&value=7'

describe.each(STORES)('Changes, with sessions in %s', (_, store) => {
  const create = async () => {
    const site = await createSite({ options: store() })
    const ids = await fill(site.Session, 3, { user_id: '7', ip: 'token' })
    return { ...site, ids, operator: await site.signedIn() }
  }

  test('GET and HEAD change nothing', async () => {
    const { Session, operator, ids } = await create()
    const csrf = await operator.token()
    for (const method of ['GET', 'HEAD']) {
      for (const address of [
        `/admin/end?field=user_id&value=7&id=${ids[0]}&csrf=${csrf}`,
        `${ALL}&csrf=${csrf}`,
        `/admin/job?id=1&csrf=${csrf}`,
        `/admin/?field=user_id&value=7&csrf=${csrf}`,
      ]) {
        await operator.open(address, { method })
      }
    }
    expect(await Session.count('user_id', 7)).toBe(3)
    for (const [address, allow] of [
      ['/admin/end', 'GET, HEAD, POST'],
      ['/admin/', 'GET, HEAD'],
    ] as const) {
      await operator.open(address, { method: 'DELETE' })
      expect(operator.status).toBe(405)
      expect(operator.headers.get('allow')).toBe(allow)
    }
  })

  test('a token that is missing, wrong or another session’s is refused', async () => {
    const { Session, operator, signedIn, ids } = await create()
    const other = await (await signedIn()).token()
    const own = await operator.token()
    expect(other).toMatch(/^[\w-]{16}\.[\w-]{43}$/)
    const tokens = [{}, { csrf: '' }, { csrf: 'x' }, { csrf: other }, { csrf: `${own}x` }]
    for (const token of tokens) {
      for (const address of [`${ONE}&id=${ids[0]}`, ALL, '/admin/job?id=1']) {
        await operator.post(address, { ...token })
        expect(operator.status).toBe(403)
        expect(operator.words).toContain('Nothing was ended.')
      }
    }
    expect(await Session.count('user_id', 7)).toBe(3)
    await operator.post(ALL, { csrf: own })
    expect(await Session.count('user_id', 7)).toBe(0)
  })

  test('a superseded cookie ends nothing, as the session to spare is unknown', async () => {
    const site = await createSite({ options: store(), page: { authorize: () => true } })
    const [id] = await fill(site.Session, 1, { user_id: '7', ip: 'token' })
    const operator = await site.signedIn({ user_id: '7' })
    const csrf = await operator.token()
    const { cookie } = operator
    await operator.open('/sign-in?ip=::1&user_id=8')
    await operator.open('/sign-in?user_id=7')
    expect(operator.cookie).not.toBe(cookie)
    operator.cookie = cookie
    for (const address of [ALL, `${ONE}&id=${id}`, '/admin/job?id=1']) {
      await operator.post(address, { csrf })
      expect(operator.status).toBe(401)
    }
    expect(await site.Session.count('user_id', 7)).toBe(2)
  })

  test('a token is invalid once the secret is renewed', async () => {
    const { Session, operator } = await create()
    const csrf = await operator.token()
    await operator.open('/sign-in?user_id=8')
    await operator.post(ALL, { csrf })
    expect(operator.status).toBe(403)
    expect(await Session.count('user_id', 7)).toBe(3)
  })
})

describe('the body of a form', () => {
  const create = async (before = {}) => {
    const site = await createSite(before)
    await fill(site.Session, 1, { user_id: '7', ip: 'token' })
    const operator = await site.signedIn()
    return { ...site, operator, csrf: await operator.token() }
  }

  test.each([
    ['for forms', ['form']],
    ['for JSON alone', ['json']],
  ] as const)('is taken from a body parser before the page: %s', async (_, enableTypes) => {
    const before = bodyParser({ enableTypes: [...enableTypes] })
    const { Session, operator, csrf } = await create({ before })
    await operator.post(ALL, { csrf })
    expect(operator.status).toBe(200)
    expect(await Session.count('user_id', 7)).toBe(0)
  })

  test('is refused if it is no form', async () => {
    const { Session, operator, csrf } = await create()
    const headers = { 'content-type': 'application/json' }
    await operator.open(ALL, { method: 'POST', headers, body: JSON.stringify({ csrf }) })
    expect(operator.status).toBe(415)
    expect(await Session.count('user_id', 7)).toBe(1)
  })

  test('is refused if it is too large, also without Content-Length', async () => {
    // As a log of requests does, after the answer.
    const before = async (ctx: Koa.Context, next: Koa.Next) => {
      await next()
      ctx.set('x-ip', ctx.ip)
    }
    const { Session, operator, csrf } = await create({ before })
    const large = { csrf, more: 'x'.repeat(17_000) }
    await operator.post(ALL, large)
    expect(operator.status).toBe(413)
    expect(operator.headers.get('cache-control')).toBe('no-store')
    expect(operator.headers.get('x-ip')).toMatch(/127.0.0.1$/)
    expect(
      await chunked(operator.url, operator.cookie!, new URLSearchParams(large).toString()),
    ).toMatch(/^HTTP\/1\.1 413 /)
    expect(await Session.count('user_id', 7)).toBe(1)
    await operator.post(ALL, { csrf, more: 'x'.repeat(15_000) })
    expect(await Session.count('user_id', 7)).toBe(0)
  })
})

/** Sends a body whose end never comes; resolves to the answer once the connection is closed. */
function chunked({ hostname, port, pathname, search }: URL, cookie: string, body: string) {
  return new Promise<string>((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(port), hostname, () => {
      const head = [
        `POST ${pathname}${search} HTTP/1.1`,
        'Host: localhost',
        `Cookie: ${cookie}`,
        'Content-Type: application/x-www-form-urlencoded',
        'Transfer-Encoding: chunked',
      ].join('\r\n')
      socket.write(`${head}\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n`)
    })
    socket.on('data', (data) => (answer += data.toString()))
    socket.once('close', () => resolve(answer))
    socket.once('error', reject)
  })
}
