/** The application of docs/guide/first-login.md is run here, and used as a browser does, by its forms. */
import type { Server } from 'node:http'
import request from 'supertest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readSections, run } from './blocks.js'
import { requireFor } from './site.js'

let server: Server
beforeAll(async () => {
  const code = readSections('docs/guide/first-login.md').get('The first login')!
  const listening = code.replace(/^app\.listen\(\d+\)$/m, 'return app.listen(0)')
  server = (await run(listening, { require: requireFor('docs-first-login:') })) as Server
})
afterAll(() => server.close())

type Browser = ReturnType<typeof request.agent>
const openBrowser = (agent: string): Browser => request.agent(server).set('user-agent', agent)

const tokenIn = (html: string) => /name="csrf" value="([^"]+)"/.exec(html)![1]!

/** Submits a form of a page, with its token. */
async function submit(browser: Browser, page: string, action: string, fields = {}) {
  const { text } = await browser.get(page).expect(200)
  expect(text).toContain(`<form method="post" action="${action}">`)
  return browser
    .post(action)
    .type('form')
    .send({ csrf: tokenIn(text), ...fields })
}

async function signIn(agent: string): Promise<Browser> {
  const browser = openBrowser(agent)
  const fields = { name: 'ada', password: 'engine' }
  const { status, headers } = await submit(browser, '/login', '/login', fields)
  expect([status, headers['location']]).toEqual([302, '/'])
  return browser
}

async function expectSignedOut(browser: Browser): Promise<void> {
  const { status, headers } = await browser.get('/')
  expect([status, headers['location']]).toEqual([302, '/login'])
}

test('signs in with the right password alone, and out', async () => {
  const browser = openBrowser('one')
  await expectSignedOut(browser)
  for (const fields of [
    { name: 'ada', password: 'wrong' },
    { name: 'eve', password: 'engine' },
    {},
  ]) {
    const { status, text } = await submit(browser, '/login', '/login', fields)
    expect([status, text]).toEqual([403, expect.stringContaining('Wrong name or password')])
    await expectSignedOut(browser)
  }
  const visitor = await signIn('<b>two</b>')
  const { text } = await visitor.get('/').expect(200)
  expect(text).toContain('Hello, ada')
  expect(text).toContain('<li>&#60;b&#62;two&#60;/b&#62; (this device)</li>')
  await submit(visitor, '/', '/logout')
  await expectSignedOut(visitor)
})

test('refuses a form without the token of its session', async () => {
  const [one, other] = [await signIn('one'), openBrowser('other')]
  const { text } = await other.get('/login')
  const fields = { name: 'ada', password: 'engine' }
  await openBrowser('stranger').post('/login').type('form').send(fields).expect(403)
  for (const action of ['/login', '/logout', '/logout-others', '/devices/x/end']) {
    for (const csrf of [undefined, 'x', tokenIn(text)]) {
      await one
        .post(action)
        .type('form')
        .send({ csrf, ...fields })
        .expect(403)
    }
  }
  await one.get('/').expect(200)
})

test('lists the devices, and signs out one of the others or all', async () => {
  const [one, two, three] = [await signIn('one'), await signIn('two'), await signIn('three')]
  const { text } = await one.get('/')
  const [, end] = /<li>two\s+<form method="post" action="([^"]+)"/.exec(text)!
  await submit(one, '/', end!)
  await expectSignedOut(two)
  await three.get('/').expect(200)
  await submit(one, '/', '/logout-others')
  await expectSignedOut(three)
  expect((await one.get('/')).text.match(/<li>/g)).toHaveLength(1)
})
