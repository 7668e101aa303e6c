/** The examples for other frameworks, each driven like an application. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { Redis } from 'ioredis'
import { createId } from '../../../src/store/token.js'

interface Example {
  readonly handler: RequestListener
  readonly Session: {
    count(field: string, value: unknown): Promise<number>
    close(): Promise<void>
  }
}

const load = createRequire(import.meta.url)
const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop()
})

async function start(framework: string): Promise<{ url: string; Session: Example['Session'] }> {
  const { createApp } = load(`../../../examples/frameworks/${framework}.js`) as {
    createApp: (options: object) => Example | Promise<Example>
  }
  const client = new Redis(inject('redisUrl'))
  stops.push(() => client.quit())
  const { handler, Session } = await createApp({ client, prefix: `frameworks-${createId()}` })
  stops.push(() => Session.close())
  const server = createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  stops.push(() => {
    const closed = once(server.close(), 'close')
    server.closeAllConnections()
    return closed
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, Session }
}

/** A browser's side: its cookie. */
class Visitor {
  readonly #url: string
  cookie = ''

  constructor(url: string) {
    this.#url = url
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { cookie: this.cookie, 'content-type': 'application/json' }
    const answer = await fetch(this.#url + path, { ...init, headers })
    const [first] = answer.headers.getSetCookie()
    if (first !== undefined) this.cookie = first.split(';', 1)[0]!
    return answer
  }

  post(path: string, body: object = {}): Promise<Response> {
    return this.fetch(path, { method: 'POST', body: JSON.stringify(body) })
  }

  async signIn(name: string): Promise<string> {
    return ((await (await this.post('/sign-in', { name })).json()) as { id: string }).id
  }
}

describe.each(['express', 'fastify', 'hono'])('%s', (framework) => {
  test('signs in, lists devices, and signs out everywhere, live', async () => {
    const { url, Session } = await start(framework)
    const [laptop, phone] = [new Visitor(url), new Visitor(url)]
    expect((await laptop.fetch('/devices')).status).toBe(401)
    const ids = [await laptop.signIn('ada'), await phone.signIn('ada')]
    expect(laptop.cookie).toMatch(/^session-id=[\w-]{20}\./)
    const devices = (await (await laptop.fetch('/devices')).json()) as {
      id: string
      current: boolean
    }[]
    expect(devices.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
    expect(devices.find(({ current }) => current)?.id).toBe(ids[0])

    const events = await phone.fetch('/events')
    expect(events.headers.get('content-type')).toMatch(/^text\/event-stream/)
    const ended = await laptop.post('/sign-out-everywhere')
    expect(await ended.json()).toEqual({ ended: 2 })
    expect(await events.text()).toContain('data: ERR_SESSION_REVOKED')
    expect((await phone.fetch('/devices')).status).toBe(401)
    expect(await Session.count('user_id', 'ada')).toBe(0)
  })

  test('starts no session and sets no cookie for a stranger', async () => {
    const { url } = await start(framework)
    const answer = await new Visitor(url).fetch('/devices')
    expect(answer.headers.getSetCookie()).toEqual([])
  })
})
