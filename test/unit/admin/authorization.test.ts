/** Who is not authorised: for them there is no page. */
import Koa from 'koa'
import { describe, expect, test } from 'vitest'
import { admin } from '../../../src/admin/index.js'
import { sessions } from '../../../src/index.js'
import { createSite, fill, STORES } from '../../support/admin-app.js'

/** All of an answer but its date. */
const parts = ({ status, text, headers }: { status: number; text: string; headers: Headers }) => ({
  status,
  text,
  headers: [...headers].filter(([name]) => name !== 'date'),
})

const ADDRESSES = [
  '/admin',
  '/admin/',
  '/admin/?field=user_id&value=7',
  '/admin/end?field=user_id&value=7&id=1',
  '/admin/end-all?field=user_id&value=7',
  '/admin/job?id=1',
  '/admin/icon.svg',
  '/admin/style.css',
  '/admin/live.js',
  '/admin/nothing',
]

describe.each(STORES)('A stranger, with sessions in %s', (_, store) => {
  test.each(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'])(
    'gets the answer of a missing page: %s',
    async (method) => {
      const site = await createSite({ options: store() })
      await fill(site.Session, 1, { user_id: '7' })
      const nobody = site.browser()
      const visitor = await site.signedIn({ role: 'visitor', user_id: '7' })
      for (const browser of [nobody, visitor]) {
        const nothing = parts(await browser.open('/nothing', { method }))
        expect(nothing).toMatchObject({ status: 404, text: method === 'HEAD' ? '' : 'Not Found' })
        expect(nothing.headers.map(([name]) => name)).not.toContain('content-security-policy')
        for (const address of ADDRESSES) {
          const answer = parts(await browser.open(address, { method }))
          expect({ address, ...answer }).toEqual({ address, ...nothing })
        }
      }
      expect(nobody.cookie).toBeUndefined()
      expect(await site.Session.count('user_id', 7)).toBe(2)
    },
  )

  test('cannot use an operator’s token', async () => {
    const site = await createSite({ options: store() })
    await fill(site.Session, 1, { user_id: '7', ip: 'token' })
    const csrf = await (await site.signedIn()).token()
    const visitor = await site.signedIn({ role: 'visitor' })
    await visitor.post('/admin/end-all?field=user_id&value=7', { csrf })
    expect(visitor.status).toBe(404)
    expect(await site.Session.count('user_id', 7)).toBe(1)
  })
})

test('anything but true from authorize is a no', async () => {
  for (const said of [undefined, 'yes', 1, {}, false]) {
    const site = await createSite({ page: { authorize: () => said as boolean } })
    expect((await site.browser().open('/admin/')).status).toBe(404)
  }
})

test('an error of authorize reaches the application', async () => {
  const error = Object.assign(new Error('broken'), { status: 500 })
  const authorize = () => Promise.reject(error)
  const site = await createSite({ page: { authorize } })
  const visitor = await site.browser().open('/admin/?field=user_id&value=7')
  expect(visitor).toMatchObject({ status: 500, text: 'Internal Server Error', cookie: undefined })
  expect(site.errors).toEqual([error])
})

test('authorize is called for no other page', async () => {
  const asked: string[] = []
  const authorize = ({ path }: { path: string }) => asked.push(path) > 0
  const site = await createSite({ page: { authorize, path: '/admin' } })
  for (const path of ['/', '/administration', '/x/admin', '//admin', '/Admin', '/admin']) {
    const visitor = site.browser()
    await visitor.open(visitor.url.origin + path)
  }
  expect(asked).toEqual(['/admin', '/admin/'])
})

test('labels and formats of references and shown fields are taken', () => {
  const Session = sessions(new Koa(), { references: { user_id: {} } })
  const names = { user_id: 'Account', agent: 'Device' }
  const format = { user_id: String, agent: String }
  const authorize = () => true
  for (const fields of [['agent'], undefined]) {
    const options = { authorize, labels: names, format, ...(fields && { fields }) }
    expect(admin(Session, options)).toBeTypeOf('function')
  }
})

describe('options', () => {
  const app = new Koa()
  const Session = sessions(app, { references: { user_id: {} } })
  const authorize = () => true

  test.each([
    ['a missing authorize', Session, {}, 'options.authorize'],
    ['authorize that is no function', Session, { authorize: true }, 'options.authorize'],
    ['no options', Session, undefined, 'authorize'],
    ['null', Session, null, 'authorize'],
    ['another name', Session, { authorize, auth: authorize }, '"auth"'],
    ['a path without a slash', Session, { authorize, path: 'admin' }, 'options.path'],
    ['a path with a query', Session, { authorize, path: '/admin?x' }, 'options.path'],
    ['a path that is no text', Session, { authorize, path: 7 }, 'options.path'],
    ['a way back that is no address', Session, { authorize, back: 'javascript:1' }, 'options.back'],
    ['one field without an array', Session, { authorize, fields: 'a' }, 'options.fields'],
    ['fields that are no names', Session, { authorize, fields: [1] }, 'options.fields'],
    ['labels that are no object', Session, { authorize, labels: 'x' }, 'options.labels'],
    ['labels that are null', Session, { authorize, labels: null }, 'options.labels'],
    ['a label that is no text', Session, { authorize, labels: { a: 7 } }, 'options.labels.a'],
    ['a label without a letter', Session, { authorize, labels: { a: ' ' } }, 'options.labels.a'],
    ['format that is no object', Session, { authorize, format: () => '' }, 'options.format'],
    [
      'a format that is no function',
      Session,
      { authorize, format: { a: 'x' } },
      'options.format.a',
    ],
    ['a label of no field', Session, { authorize, fields: ['a'], labels: { b: 'B' } }, '"b"'],
    ['a format of no field', Session, { authorize, fields: ['a'], format: { b: String } }, '"b"'],
    ['recent that is no function', Session, { authorize, recent: [] }, 'options.recent'],
    ['what is no Session', app, { authorize }, 'sessions()'],
    ['no Session', undefined, { authorize }, 'sessions()'],
    ['no references', sessions(app), { authorize }, 'options.references'],
  ])('%s is refused immediately, by name', (__, given, options, name) => {
    expect(() => admin(given as typeof Session, options as { authorize: () => boolean })).toThrow(
      expect.objectContaining({
        code: 'ERR_SESSION_OPTIONS',
        message: expect.stringContaining(name) as string,
      }),
    )
  })
})
