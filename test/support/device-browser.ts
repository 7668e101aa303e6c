/** The example over HTTPS, and a real Chromium that binds its sessions. Each test has a profile of its own. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import https from 'node:https'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import type Koa from 'koa'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, onTestFinished, vi } from 'vitest'
import { installChromium, launchOptions } from '../../scripts/chromium.mjs'
import { PASSWORD } from './browser.js'

interface Certificate {
  readonly key: Buffer
  readonly cert: Buffer
}
type CreateApp = (options: {
  client?: Redis
  closing: AbortSignal
  pollInterval: number
  binding: { refresh: string }
}) => Koa

const load = createRequire(import.meta.url)
const { createCertificate, createProfile } = load('../../examples/devices/certificate.js') as {
  createCertificate: (folder: string) => Certificate
  createProfile: (folder: string, certificate: Certificate) => string[]
}

/** A request that has been answered. */
export interface Answered {
  readonly path: string
  readonly status: number
  readonly cookie: string
  readonly proof: boolean
}

export class BoundExample {
  readonly url: string
  readonly #answered: Answered[]

  constructor(url: string, answered: Answered[]) {
    this.url = url
    this.#answered = answered
  }

  /** The answers to POSTs of the add-on's paths, as `path status`. */
  get exchanges(): string[] {
    return this.#answered
      .filter(({ path }) => path.startsWith('/device-session/'))
      .map(({ path, status }) => `${path.slice('/device-session/'.length)} ${status}`)
  }

  get answered(): readonly Answered[] {
    return this.#answered
  }

  /** Waits until the browser has registered. */
  async registered(): Promise<void> {
    await vi.waitFor(() => {
      if (!this.exchanges.includes('register 200'))
        throw new Error('the browser has not registered')
    }, 20_000)
  }

  /** A request by another client that has these cookies. */
  async get(path: string, cookie: string): Promise<string> {
    return (await this.request('GET', path, { cookie })).text
  }

  async request(
    method: string,
    path: string,
    headers: Record<string, string>,
  ): Promise<{ status: number; text: string }> {
    const options = { method, headers, rejectUnauthorized: false, agent: false }
    const request = https.request(this.url + path, options).end()
    const [response] = (await once(request, 'response')) as [
      AsyncIterable<Buffer> & { statusCode: number },
    ]
    let text = ''
    for await (const chunk of response) text += String(chunk)
    return { status: response.statusCode, text }
  }
}

/** For the tests of a file. */
export function useDeviceBrowser() {
  let folder: string
  let certificate: Certificate
  vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })
  beforeAll(async () => {
    load('./cheap-scrypt.cjs')
    await installChromium()
    folder = await mkdtemp(join(tmpdir(), 'bound-'))
    certificate = createCertificate(folder)
  })
  afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))

  /** Starts the example, until the test is over. */
  async function start(refresh: string, client?: Redis): Promise<BoundExample> {
    const { createApp } = load('../../examples/devices/app.js') as { createApp: CreateApp }
    const closing = new AbortController()
    const app = createApp({
      closing: closing.signal,
      pollInterval: 60_000,
      binding: { refresh },
      ...(client && { client }),
    })
    const answered: Answered[] = []
    const callback = app.callback()
    const server = https.createServer(certificate, (req, res) => {
      res.once('finish', () => {
        answered.push({
          path: req.url ?? '',
          status: res.statusCode,
          cookie: req.headers.cookie ?? '',
          proof: req.headers['secure-session-response'] !== undefined,
        })
      })
      void callback(req, res)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(async () => {
      closing.abort()
      const closed = once(server.close(), 'close')
      server.closeAllConnections()
      await closed
    })
    return new BoundExample(`https://localhost:${(server.address() as AddressInfo).port}`, answered)
  }

  /** A profile, and how to open a browser with it. */
  async function createBrowser(): Promise<{ open: () => Promise<BrowserContext> }> {
    const profile = await mkdtemp(join(folder, 'profile-'))
    const own = createProfile(profile, certificate)
    const { args, ...options } = launchOptions()
    return {
      open: async () => {
        const context = await chromium.launchPersistentContext(profile, {
          ...options,
          args: [...args, ...own],
          headless: true,
        })
        onTestFinished(() => context.close())
        return context
      },
    }
  }

  return { start, createBrowser }
}

/** Signs in on the example, for longer than the browser runs. */
export async function signInBound(page: Page, { url }: BoundExample): Promise<void> {
  await page.goto(url)
  await page.getByLabel('Name').fill('alice')
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByLabel('Remember me').check()
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Your devices' }).waitFor()
}
