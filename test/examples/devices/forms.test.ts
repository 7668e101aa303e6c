/** The example application, as a person uses it: several browsers, real forms. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { freePort } from '../../servers/ports.js'

const server = fileURLToPath(new URL('../../../examples/devices/server.js', import.meta.url))

/** A browser without scripts: it keeps cookies, reads pages and sends their forms. */
class Browser {
  readonly #cookies = new Map<string, string>()
  readonly #origin: string
  readonly #agent: string
  page = ''
  status = 0
  headers = new Headers()
  /** For how many ms the browser will keep the cookie that came last; until it is closed, if none. */
  lifetime: number | undefined

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
      const expires = /expires=([^;]+)/i.exec(header)?.[1]
      this.lifetime = expires === undefined ? undefined : Date.parse(expires) - Date.now()
    }
    this.page = await answer.text()
    this.status = answer.status
    this.headers = answer.headers
    const { location } = Object.fromEntries(answer.headers)
    return location === undefined ? this : this.open(location)
  }

  /** A token of this page. */
  get csrf(): string {
    return /name="csrf" value="([^"]+)"/.exec(this.page)?.[1] ?? ''
  }

  /** Sends the form of this page whose action ends like that. */
  async submit(action: string, fields: Record<string, string> = {}): Promise<this> {
    const forms = [...this.page.matchAll(/<form[^>]*action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/g)]
    const form = forms.find(([, target]) => target?.endsWith(action))
    if (form === undefined) throw new Error(`No form ${action} on the page`)
    const csrf = /name="csrf" value="([^"]+)"/.exec(form[2] ?? '')?.[1] ?? ''
    return this.open(form[1]!, { csrf, ...fields })
  }

  async signIn(name = 'alice', fields: Record<string, string> = {}): Promise<this> {
    await this.open('/')
    return this.submit('/sign-in', { name, password: 'open sesame', ...fields })
  }
}

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const DAY = 86_400_000
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

/** The example in a process of its own, as `npm start` starts it. */
function useServer(kind: string) {
  let child: ChildProcess
  let origin: string
  const output: string[] = []

  beforeAll(async () => {
    const port = await freePort()
    const { REDIS_URL: _, ...env } = process.env
    child = spawn(process.execPath, [server], {
      env: {
        ...env,
        PORT: String(port),
        // The other test files use the server's first database.
        ...(kind === 'Redis' && { REDIS_URL: new URL('/12', inject('redisUrl')).href }),
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

  return {
    output,
    browser: (agent: string) => new Browser(origin, agent),
    firefox: () => new Browser(origin, FIREFOX),
    phone: () => new Browser(origin, SAFARI),
  }
}

async function endAll(browser: Browser): Promise<void> {
  await browser.signIn()
  await browser.submit('/sign-out-everywhere')
}

describe.each(['memory', 'Redis'])('the devices example in %s', (kind) => {
  const { output, firefox, phone } = useServer(kind)

  test('says where it is, and where its sessions are', () => {
    expect(output[0]).toContain('http://localhost:')
    expect(output[1]).toContain(kind)
  })

  test('lists both browsers, and marks this one', async () => {
    const one = await firefox().signIn()
    const two = await phone().signIn()
    expect(two.page).toMatch(/Firefox/)
    expect(two.page).toMatch(/Safari/)
    expect(two.page.match(/This device/gi)).toHaveLength(1)
    expect((await one.open('/')).page).toMatch(/iOS|iPhone/)
  })

  test('ends one device, which is told so', async () => {
    await endAll(firefox())
    const one = await firefox().signIn()
    const two = await phone().signIn()
    await two.submit('/end')
    expect((await two.open('/')).page).toContain('This device')
    expect((await one.open('/')).page).toContain('This device was signed out from another one.')
  })
})

describe('whatever its sessions are in, the devices example', () => {
  const { browser: withAgent, firefox, phone } = useServer('memory')

  test('ends all others, signs out, and signs out everywhere', async () => {
    await endAll(firefox())
    const [one, two, three] = [firefox(), phone(), firefox()]
    for (const browser of [one, two, three]) await browser.signIn()
    await one.open('/')
    await one.submit('/devices/end-others')
    expect(one.page).toContain('2 other devices were signed out.')
    expect((await two.open('/')).page).toContain('signed out from another one')
    await two.signIn()
    await two.submit('/sign-out')
    expect(two.page).toContain('You are signed out.')
    await three.signIn()
    await three.submit('/sign-out-everywhere')
    for (const browser of [one, three]) {
      await browser.open('/')
      expect(browser.page).toContain(
        browser === one ? 'You were signed out everywhere.' : 'name="password"',
      )
    }
  })

  test('keeps a note over signing in, for this device and account alone', async () => {
    const one = await firefox().open('/')
    await one.submit('/note', { note: 'two loaves' })
    expect(one.page).toContain('value="two loaves"')
    await one.signIn()
    expect(one.page).toContain('value="two loaves"')
    expect((await phone().signIn()).page).not.toContain('loaves')
    // Another account, from a sign-in page that was still open.
    await one.open('/sign-in', { csrf: one.csrf, name: 'bob', password: 'open sesame' })
    expect(one.page).toContain('<strong>bob</strong>')
    expect(one.page).not.toContain('loaves')
  })

  test('ends no device of another account', async () => {
    const owner = await firefox().signIn()
    const other = await phone().signIn()
    const id = /\/devices\/([\w-]{20})\/end/.exec(other.page)?.[1]
    const stranger = await phone().signIn('bob')
    expect(stranger.page).not.toContain(id)
    await stranger.open(`/devices/${id}/end`, { csrf: stranger.csrf })
    expect(stranger.status).toBe(404)
    expect((await owner.open('/')).page).toContain('This device')
  })

  test('says the same of a wrong password as of a name that there is not', async () => {
    const one = await firefox().signIn('alice', { password: 'wrong' })
    const two = await firefox().signIn('nobody')
    const three = await firefox().signIn('nobody', { password: '' })
    for (const browser of [one, two, three]) {
      expect(browser.status).toBe(403)
      expect(browser.page).toContain('Wrong name or password.')
    }
    const bare = ({ page }: Browser) =>
      page.replaceAll(/(?<=name="csrf" value=")[^"]+/g, '').replace(/value="(alice|nobody)"/, '')
    expect(bare(one)).toBe(bare(two))
  })

  test('remembers a browser when it is asked to', async () => {
    const one = await firefox().signIn()
    expect(one.lifetime).toBeUndefined()
    const two = await firefox().signIn('alice', { remember: 'yes' })
    expect(two.lifetime! / DAY).toBeGreaterThan(29)
    expect(two.lifetime! / DAY).toBeLessThanOrEqual(30)
  })

  test('takes no form without a token, or with another session’s', async () => {
    const one = await firefox().signIn()
    const two = await phone().signIn()
    const paths = ['/sign-out', '/sign-out-everywhere', '/devices/end-others', '/note', '/password']
    for (const path of paths) {
      for (const form of [{}, { csrf: 'x' }, { csrf: two.csrf }]) {
        await one.open(path, form)
        expect(one.status, path).toBe(403)
      }
      expect((await one.open(path.replace('/password', '/sign-out'))).status, path).toBe(405)
    }
    expect((await one.open('/')).page).toContain('This device')
    expect((await two.open('/')).page).toContain('This device')
  })

  test('signs nobody in without a token, or with another session’s', async () => {
    const other = await phone().open('/')
    for (const csrf of ['', 'x', other.csrf]) {
      const one = await firefox().open('/')
      await one.open('/sign-in', { name: 'alice', password: 'open sesame', csrf })
      expect(one.status).toBe(403)
      expect((await one.open('/')).page).toContain('name="password"')
    }
  })

  test('shows what came from outside as text, and is not kept by caches', async () => {
    const browser = withAgent('Mozilla/5.0 <script>alert(1)</script>')
    await browser.signIn('<img src=x onerror=alert(1)>')
    expect(browser.page).not.toMatch(/<img/)
    expect(browser.page).toContain('&lt;img')
    await browser.signIn()
    await browser.submit('/note', { note: '"><script>alert(2)</script>' })
    expect(browser.page.match(/<script/g)).toHaveLength(1)
    expect(browser.headers.get('cache-control')).toBe('no-store')
    expect(browser.headers.get('x-content-type-options')).toBe('nosniff')
    const policy = browser.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
  })
})
