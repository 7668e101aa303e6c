/** The example of live sign-out: two servers, streams and WebSockets. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { freePort } from '../../support/servers/ports.js'
import { type RedisServer, startServer } from '../../support/servers/server.js'

const program = fileURLToPath(new URL('../../../examples/live/server.js', import.meta.url))

describe.each(['memory', 'Redis'])('the live example in %s', (kind) => {
  let redis: RedisServer | undefined
  const children: ChildProcess[] = []
  /** The same one in memory, which other processes do not see. */
  const origins: string[] = []

  beforeAll(async () => {
    if (kind === 'Redis') redis = await startServer()
    for (const _ of kind === 'Redis' ? [1, 2] : [1]) {
      const port = await freePort()
      const { REDIS_URL: _url, ...env } = process.env
      const child = spawn(process.execPath, [program], {
        env: { ...env, PORT: String(port), ...(redis && { REDIS_URL: redis.url }) },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      children.push(child)
      await once(createInterface(child.stdout), 'line')
      origins.push(`http://127.0.0.1:${port}`)
    }
  })
  afterAll(async () => {
    const exits = children.map((child) => once(child, 'exit'))
    for (const child of children) child.kill('SIGTERM')
    // By themselves: nothing keeps them.
    expect(await Promise.all(exits)).toEqual(children.map(() => [0, null]))
    await redis?.stop()
  })

  const here = (): string => origins[0]!
  const there = (): string => origins.at(-1)!

  async function signIn(): Promise<string> {
    const answer = await fetch(`${here()}/sign-in`)
    return answer.headers.getSetCookie()[0]!.split(';')[0]!
  }

  async function listen(cookie: string) {
    const { body, headers } = await fetch(`${here()}/events`, { headers: { cookie } })
    expect(headers.get('content-type')).toMatch('text/event-stream')
    const reader = body!.pipeThrough(new TextDecoderStream()).getReader()
    const { value: first = '' } = await reader.read()
    expect(first).toMatch(/^retry/)
    return async (): Promise<string> => {
      let text = first
      for (let part = await reader.read(); !part.done; part = await reader.read())
        text += part.value
      return text
    }
  }

  async function connect(cookie: string): Promise<Promise<unknown[]>[]> {
    const socket = new WebSocket(`${here().replace('http', 'ws')}/socket`, { headers: { cookie } })
    const closed = once(socket, 'close')
    await once(socket, 'open')
    // In an array, as it is not to be waited for yet.
    return [closed]
  }

  test('tells streams and WebSockets that their session has ended', async () => {
    const cookie = await signIn()
    const rest = await listen(cookie)
    const [closed] = await connect(cookie)
    const answer = await fetch(`${there()}/sign-out-everywhere`)
    expect(await answer.json()).toEqual({ ended: 1 })
    expect(await rest()).toContain('event: signed-out')
    const [code, reason] = (await closed) as [number, Buffer]
    expect([code, String(reason)]).toEqual([4401, 'signed out'])
  })

  test('closes what nobody is signed in for', async () => {
    expect(await (await listen(''))()).toContain('event: signed-out')
    const [closed] = await connect('')
    expect((await closed)?.[0]).toBe(4401)
  })
})
