/** The documentation site: built once from the files of this repository, read, and opened in Chromium. */
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { preview, type PreviewServer } from 'vite'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { homepage } from '../../package.json'
import { connectChromium, usable } from '../support/browser.js'
import { installPackages } from '../support/install-packages.js'
import { run } from '../support/run.js'

vi.setConfig({ testTimeout: 120_000 })

const ROOT = resolve(import.meta.dirname, '../..')
const REPOSITORY = homepage.replace(/#.*/, '/blob/HEAD/')

let out: string
/** The HTML of each page, by its path: 'guide/sign-in.html'. */
const pages = new Map<string, string>()

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'site-'))
  await installPackages('site')
  const build = ['run', 'build', '--prefix', 'site', '--', '--outDir', out]
  await run('npm', build, { cwd: ROOT, timeout: 240_000 })
  const files = await readdir(out, { recursive: true })
  for (const file of files.filter((name) => name.endsWith('.html'))) {
    pages.set(file, await readFile(join(out, file), 'utf8'))
  }
}, 400_000)
afterAll(() => rm(out, { recursive: true, force: true }))

/** The values of an attribute in a page. */
function valuesOf(html: string, attribute: string): string[] {
  return Array.from(html.matchAll(new RegExp(`\\s${attribute}="([^"]*)"`, 'g')), ([, value]) =>
    value!.replaceAll('&amp;', '&'),
  )
}

/** What a link within the site leads to: a file of it, and an anchor there. */
function targetOf(link: string, page: string): { file: string; anchor: string } {
  const { pathname, hash } = new URL(link, `http://site/${page}`)
  const path = decodeURIComponent(pathname).slice(1)
  return {
    file: path === '' || path.endsWith('/') ? `${path}index.html` : path,
    anchor: decodeURIComponent(hash.slice(1)),
  }
}

const isOutside = (link: string) => /^(?:[a-z]+:|\/\/)/.test(link)

test('has a page for each document and each public name', () => {
  const api = 'api/koa-redis-session-sets'
  const some = ['overview', 'how-it-works', 'guide/sign-in', 'asvs', 'redis', 'architecture']
  const names = ['interfaces/Session', 'interfaces/SessionMiddleware', 'classes/SessionError']
  const addOns = ['admin', 'adopt', 'back-channel-logout', 'device-bound', 'node', 'passport']
  expect([...pages.keys()]).toEqual(
    expect.arrayContaining([
      ...some.map((name) => `${name}.html`),
      ...names.map((name) => `${api}/${name}.html`),
      ...addOns.map((name) => `${api}/${name}/index.html`),
    ]),
  )
})

test('every link, anchor and picture leads somewhere', () => {
  const ids = new Map(Array.from(pages, ([file, html]) => [file, new Set(valuesOf(html, 'id'))]))
  const dead: string[] = []
  let checked = 0
  for (const [page, html] of pages) {
    const links = new Set(['href', 'src'].flatMap((attribute) => valuesOf(html, attribute)))
    for (const link of links) {
      if (link.startsWith(REPOSITORY)) {
        const [path = ''] = link.slice(REPOSITORY.length).split('#')
        if (!existsSync(join(ROOT, path))) dead.push(`${page}: ${link}`)
      }
      if (isOutside(link)) continue
      checked++
      const { file, anchor } = targetOf(link, page)
      if (!existsSync(join(out, file))) dead.push(`${page}: ${link}`)
      else if (anchor !== '' && ids.get(file)?.has(anchor) !== true) dead.push(`${page}: ${link}`)
    }
  }
  expect(dead).toEqual([])
  expect(checked).toBeGreaterThan(1000)
})

test('every page is in a sidebar', () => {
  // The landing page leads to them.
  const listed = new Set(['index.html', '404.html'])
  for (const page of ['overview.html', 'api/index.html']) {
    const [, sidebar = ''] = /<aside class="VPSidebar.*?>(.*?)<\/aside>/s.exec(pages.get(page)!)!
    for (const link of valuesOf(sidebar, 'href')) listed.add(targetOf(link, page).file)
  }
  expect([...pages.keys()].filter((page) => !listed.has(page))).toEqual([])
})

describe('in Chromium', () => {
  let browser: Browser
  let server: PreviewServer
  let origin: string
  beforeAll(async () => {
    browser = await connectChromium()
    const options = { port: 0, host: '127.0.0.1' }
    server = await preview({
      root: ROOT,
      configFile: false,
      build: { outDir: out },
      preview: options,
    })
    origin = `http://127.0.0.1:${(server.httpServer.address() as AddressInfo).port}`
  })
  afterAll(async () => {
    await server.close()
    await browser.close()
  })

  let context: BrowserContext | undefined
  const complaints: string[] = []
  afterEach(async () => {
    await context?.close()
    expect(complaints.splice(0)).toEqual([])
  })

  async function open(path: string): Promise<Page> {
    context = await browser.newContext({ baseURL: origin, reducedMotion: 'reduce' })
    context.setDefaultTimeout(30_000)
    context.on('weberror', (error) => complaints.push(error.error().message))
    context.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    context.on('request', (request) => {
      const url = request.url()
      if (!url.startsWith(`${origin}/`) && !url.startsWith('data:')) complaints.push(url)
    })
    const page = await context.newPage()
    await page.goto(path)
    return page
  }

  test('the search finds revokeAll, and opens its page', async () => {
    const page = await open('/')
    await page.getByRole('button', { name: 'Search' }).click()
    await page.getByRole('searchbox').fill('revokeAll')
    const results = page.getByRole('listbox').getByRole('option')
    await results.filter({ hasText: 'SessionMiddleware' }).first().click()
    await page.getByRole('heading', { name: 'revokeAll()' }).waitFor()
    expect(new URL(page.url()).pathname).toContain('/interfaces/SessionMiddleware')
  })

  test('the switch changes between light and dark, pictures too', async () => {
    const page = await open('/')
    const picture = page.getByAltText('A page titled Your devices', { exact: false })
    const shown = () => picture.filter({ visible: true }).getAttribute('src')
    await picture.filter({ visible: true }).waitFor()
    const light = await shown()
    await page.getByRole('switch').first().click()
    await page.locator('html.dark').waitFor()
    expect(await shown()).not.toBe(light)
  })

  test.each([
    '/',
    '/how-it-works.html',
    '/asvs.html',
    '/api/koa-redis-session-sets/interfaces/SessionMiddleware.html',
  ])('%s can be used in light and dark, on a phone and on a wide screen', async (path) => {
    await usable(await open(path))
  })
})
