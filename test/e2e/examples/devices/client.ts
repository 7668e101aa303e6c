/** The example in a process of its own, and browsers without scripts that visit it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, inject } from 'vitest'
import { freePort } from '../../../support/servers/ports.js'

/** Node's option that loads the fake before the example. */
export const CHEAP_PASSWORDS = `--require=${fileURLToPath(new URL('../../../support/cheap-scrypt.cjs', import.meta.url))}`

const server = fileURLToPath(new URL('../../../../examples/devices/server.js', import.meta.url))

/** A browser without scripts: it keeps cookies, reads pages and sends their forms. */
export class Browser {
  readonly #cookies = new Map<string, string>()
  readonly #origin: string
  readonly #agent: string
  page = ''
  status = 0
  headers = new Headers()
  /** Where it has been led to. */
  path = '/'
  /** For how many ms the browser will keep the cookie that came last; until it is closed, if none. */
  lifetime: number | undefined

  constructor(origin: string, agent: string) {
    this.#origin = origin
    this.#agent = agent
  }

  async open(path: string, form?: Record<string, string>): Promise<this> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const { href, pathname, search } = new URL(path, this.#origin + this.path)
    const answer = await fetch(href, {
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
    this.path = pathname + search
    this.headers = answer.headers
    const { location } = Object.fromEntries(answer.headers)
    return location === undefined ? this : this.open(location)
  }

  /** Its cookie for the session, which can be replaced. */
  get cookie(): string | undefined {
    return this.#cookies.get('session-id')
  }

  set cookie(value: string | undefined) {
    if (value === undefined) this.#cookies.clear()
    else this.#cookies.set('session-id', value)
  }

  /** A token of this page. */
  get csrf(): string {
    return /name="csrf" value="([^"]+)"/.exec(this.page)?.[1] ?? ''
  }

  /** Follows the first link of this page that leads there. */
  async follow(address: RegExp): Promise<this> {
    const links = Array.from(this.page.matchAll(/<a\s[^>]*?href="([^"]+)"/g), ([, href]) => href!)
    const link = links.find((href) => address.test(href))
    if (link === undefined) throw new Error(`No link ${address} on the page`)
    return this.open(link)
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
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

/** The example in a process of its own, as `npm start` starts it. */
export function useServer(kind: string) {
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
        NODE_OPTIONS: CHEAP_PASSWORDS,
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
