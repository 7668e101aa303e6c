/** The example application, as a person uses it: several browsers, real forms. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { freePort } from '../servers/ports.js'

const server = fileURLToPath(new URL('../../examples/devices/server.js', import.meta.url))

/** A browser without scripts: it keeps cookies, reads pages and sends their forms. */
class Browser {
  readonly #cookies = new Map<string, string>()
  readonly #origin: string
  readonly #agent: string
  page = ''
  status = 0
  headers = new Headers()

  constructor(origin: string, agent: string) {
    this.#origin = origin
    this.#agent = agent
  }

  async open(path: string, form?: Record<string, string>): Promise<this> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(this.#origin + path, {
      method: form === undefined ? 'GET' : 'POST',
      headers: { cookie, 'user-agent': this.#agent },
      redirect: 'manual',
      ...(form !== undefined && { body: new URLSearchParams(form) }),
    })
    for (const header of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(header) ?? []
      if (value === '') this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    this.page = await answer.text()
    this.status = answer.status
    this.headers = answer.headers
    const { location } = Object.fromEntries(answer.headers)
    return location === undefined ? this : this.open(location)
  }

  /** Sends the form of this page whose action ends like that. */
  async submit(action: string, fields: Record<string, string> = {}): Promise<this> {
    const forms = [...this.page.matchAll(/<form[^>]*action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/g)]
    const form = forms.find(([, target]) => target?.endsWith(action))
    if (form === undefined) throw new Error(`No form ${action} on the page`)
    const csrf = /name="csrf" value="([^"]+)"/.exec(form[2] ?? '')?.[1] ?? ''
    return this.open(form[1]!, { csrf, ...fields })
  }

  async signIn(name: string): Promise<this> {
    await this.open('/')
    return this.submit('/sign-in', { name })
  }
}

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

describe.each(['memory', 'Redis'])('the devices example in %s', (kind) => {
  let child: ChildProcess
  let origin: string
  const output: string[] = []
  const firefox = () => new Browser(origin, FIREFOX)
  const phone = () => new Browser(origin, SAFARI)

  beforeAll(async () => {
    const port = await freePort()
    const { REDIS_URL: _, ...env } = process.env
    child = spawn(process.execPath, [server], {
      env: {
        ...env,
        PORT: String(port),
        ...(kind === 'Redis' && { REDIS_URL: inject('redisUrl') }),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: child.stdout! })
    for await (const line of lines) {
      output.push(line)
      if (output.length === 2) break
    }
    origin = `http://localhost:${port}`
  })
  afterAll(async () => {
    child.kill('SIGTERM')
    await once(child, 'exit')
  })

  test('says where it is, and where its sessions are', () => {
    expect(output[0]).toContain(origin)
    expect(output[1]).toContain(kind)
  })

  test('lists both browsers, and marks this one', async () => {
    const one = await firefox().signIn('Both')
    const two = await phone().signIn('Both')
    expect(two.page).toMatch(/Firefox/)
    expect(two.page).toMatch(/Safari/)
    expect(two.page.match(/This device/gi)).toHaveLength(1)
    expect((await one.open('/')).page).toMatch(/iOS|iPhone/)
  })

  test('ends one device, which sees that it was signed out', async () => {
    const one = await firefox().signIn('One')
    const two = await phone().signIn('One')
    await one.open('/')
    await one.submit('/end')
    const still = [(await one.open('/')).page, (await two.open('/')).page]
    expect(still.filter((page) => page.includes('This device'))).toHaveLength(1)
    expect(still.filter((page) => page.includes('You were signed out'))).toHaveLength(1)
  })

  test('ends all others, signs out, and signs out everywhere', async () => {
    const [one, two, three] = [firefox(), phone(), firefox()]
    for (const browser of [one, two, three]) await browser.signIn('Many')
    await one.open('/')
    await one.submit('/devices/end-others')
    expect(one.page).toContain('2 other devices were signed out.')
    expect((await two.open('/')).page).toContain('You were signed out')
    await two.signIn('Many')
    await two.submit('/sign-out')
    expect(two.page).toContain('name="name"')
    await three.signIn('Many')
    await three.submit('/sign-out-everywhere')
    expect((await one.open('/')).page).toContain('You were signed out')
  })

  test('ends no device of another name', async () => {
    const owner = await firefox().signIn('Owner')
    const stranger = await phone().signIn('Stranger')
    const id = /\/devices\/([\w-]{20})\/end/.exec(owner.page)?.[1]
    const csrf = /name="csrf" value="([^"]+)"/.exec(stranger.page)?.[1]
    await stranger.open(`/devices/${id}/end`, { csrf: csrf! })
    expect(stranger.status).toBe(404)
    expect((await owner.open('/')).page).toContain('This device')
  })

  test('takes no form without a token, or with another session’s', async () => {
    const one = await firefox().signIn('Token')
    const two = await phone().signIn('Token')
    const csrf = /name="csrf" value="([^"]+)"/.exec(two.page)?.[1]
    for (const form of [{}, { csrf: 'x' }, { csrf: csrf! }]) {
      await one.open('/sign-out-everywhere', form)
      expect(one.status).toBe(403)
    }
    expect((await one.open('/')).page).toContain('This device')
  })

  test('shows what came from outside as text, and is not kept by caches', async () => {
    const browser = new Browser(origin, '<script>alert(1)</script>')
    await browser.signIn('<img src=x onerror=alert(1)>')
    expect(browser.page).not.toMatch(/<script|<img/)
    expect(browser.page).toContain('&lt;img')
    expect(browser.headers.get('cache-control')).toBe('no-store')
    expect(browser.headers.get('content-security-policy')).toContain("default-src 'none'")
  })
})
