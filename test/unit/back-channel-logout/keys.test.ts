/** The provider's keys: where they come from, when they change, and when they cannot be had. */
import type { RequestListener } from 'node:http'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  createLogoutSite,
  createProvider,
  listen,
  type LogoutProvider,
  signedIn,
} from '../../support/logout-provider.js'

afterEach(() => {
  vi.useRealTimers()
})

/** A provider that publishes its keys, and how often they were fetched. */
async function publish(answer?: RequestListener) {
  const provider = await createProvider()
  const counted = { fetched: 0, answer: answer ?? publishing(provider) }
  const jwksUri = await listen((req, res) => {
    counted.fetched++
    counted.answer(req, res)
  })
  return { provider, counted, jwksUri }
}

const publishing =
  ({ jwks }: LogoutProvider): RequestListener =>
  (_req, res) => {
    res.setHeader('Content-Type', 'application/jwk-set+json')
    res.end(JSON.stringify(jwks))
  }

test('are fetched when the first token comes, and once for all', async () => {
  const { provider, counted, jwksUri } = await publish()
  const app = createLogoutSite(provider, {}, { jwksUri })
  expect(counted.fetched).toBe(0)
  for (let i = 0; i < 3; i++) expect(await app.post(await provider.sign())).toBe(200)
  expect(counted.fetched).toBe(1)
})

test('take an address as a string', async () => {
  const { provider, jwksUri } = await publish()
  const app = createLogoutSite(provider, {}, { jwksUri: jwksUri.href })
  expect(await app.post(await provider.sign())).toBe(200)
})

test('that are new are fetched, but not for each name that a stranger makes up', async () => {
  const { provider, counted, jwksUri } = await publish()
  vi.useFakeTimers({ toFake: ['Date'] })
  const app = createLogoutSite(provider, {}, { jwksUri })
  const old = await provider.sign()
  expect(await app.post(await provider.sign())).toBe(200)
  await provider.rotate()
  vi.setSystemTime(Date.now() + 31_000)
  expect(await app.post(await provider.sign())).toBe(200)
  expect(counted.fetched).toBe(2)
  // The old key is not in the set any more.
  expect(await app.post(old)).toBe(400)
  const stranger = await createProvider()
  for (let i = 0; i < 5; i++) {
    await stranger.rotate()
    expect(await app.post(await stranger.sign())).toBe(400)
  }
  expect(counted.fetched).toBe(2)
  expect(app.errors).toEqual([])
})

describe.each<[string, RequestListener]>([
  ['hangs', () => {}],
  ['hangs in the middle', (_req, res) => void res.write('{"keys":')],
  ['is an error', (_req, res) => void res.writeHead(500).end()],
  ['is missing', (_req, res) => void res.writeHead(404).end('{"keys":[]}')],
  ['is elsewhere', (_req, res) => void res.writeHead(302, { Location: '/keys' }).end()],
  ['is no JSON', (_req, res) => void res.end('<h1>Maintenance</h1>')],
  ['is no key set', (_req, res) => void res.end('{"error":"x"}')],
  ['closes the connection', (req) => void req.socket.destroy()],
])('a key set that %s', (_, answer) => {
  test('is a 503, and the same token counts when it comes again', async () => {
    const { provider, counted, jwksUri } = await publish(answer)
    const app = createLogoutSite(provider, { timeout: '300 ms' }, { jwksUri })
    const ann = await signedIn(app, provider.login())
    const token = await provider.sign()
    const start = performance.now()
    expect(await app.post(token)).toBe(503)
    expect(performance.now() - start).toBeLessThan(5_000)
    expect(await ann.whoIs()).toBe('ann')
    expect(app.errors).toMatchObject([{ code: 'ERR_SESSION_STORE', cause: expect.any(Error) }])
    expect(app.errors[0]!.message).not.toContain(token)

    counted.answer = publishing(provider)
    expect(await app.post(token)).toBe(200)
    expect(await ann.whoIs()).toBeUndefined()
  })
})

test('an algorithm that is not allowed fetches nothing', async () => {
  const { provider, counted, jwksUri } = await publish()
  const app = createLogoutSite(provider, {}, { jwksUri, algorithms: ['RS256'] })
  expect(await app.post(await provider.sign())).toBe(400)
  expect(counted.fetched).toBe(0)
})

test('a token without kid finds the only key that fits', async () => {
  const provider = await createProvider()
  const app = createLogoutSite(provider)
  expect(await app.post(await provider.sign({ header: { kid: undefined } }))).toBe(200)
  const more = await createProvider()
  provider.jwks.keys.push(...more.jwks.keys)
  const several = createLogoutSite(provider)
  // OpenID Connect Core, 10.1: with several keys a token has to name one.
  expect(await several.post(await provider.sign({ header: { kid: undefined } }))).toBe(400)
})
