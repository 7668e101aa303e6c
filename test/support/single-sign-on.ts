/** Two applications that sign in with one real provider, and are told of its logouts. */
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { PassThrough } from 'node:stream'
import { Router } from '@koa/router'
import type { Redis } from 'ioredis'
import Koa, { type DefaultState } from 'koa'
import * as openid from 'openid-client'
import { backChannelLogout } from '../../src/back-channel-logout/index.js'
import { type SessionContext, type SessionMiddleware, sessions } from '../../src/index.js'
import { createId } from '../../src/store/token.js'
import { close, listen, startProviderOf } from './oidc-provider.js'

export const SECRET = 'a secret that is long enough'

export interface SsoApp {
  readonly url: string
  readonly Session: SessionMiddleware
  /** Errors that the application emitted. */
  readonly errors: unknown[]
  /** Awaited in a callback between the provider's answer and `check`. */
  hold: () => Promise<unknown>
}

export interface Sso {
  readonly issuer: string
  readonly apps: readonly [SsoApp, SsoApp]
  /** What the provider says of each logout that it tells an application of: `undefined`, or an error. */
  readonly told: (Error | undefined)[]
  stop(): Promise<void>
}

/** The first application is told of logins (`sid`), the second of users (`sub` alone). */
export async function startSso(client: Redis): Promise<Sso> {
  const servers = [await listen(), await listen()] as const
  const names = ['one', 'two'] as const
  // Another host than the provider's, so that each has its own cookies.
  const urls = servers.map(({ port }) => `http://localhost:${port}`) as [string, string]
  const { issuer, oidc, stop } = await startProviderOf(
    names.map((name, i) => ({
      client_id: name,
      client_secret: SECRET,
      redirect_uris: [`${urls[i]}/callback`],
      backchannel_logout_uri: `${urls[i]}/back-channel-logout`,
      backchannel_logout_session_required: name === 'one',
    })),
  )
  const told: (Error | undefined)[] = []
  oidc.on('backchannel.success', () => told.push(undefined))
  oidc.on('backchannel.error', (_ctx, error) => told.push(error))
  const open = async (i: 0 | 1): Promise<SsoApp> => {
    const { app, site } = await createSsoApp(client, issuer, names[i], urls[i])
    servers[i].server.on('request', app.callback() as RequestListener)
    return site
  }
  const apps = [await open(0), await open(1)] as const
  return {
    issuer,
    apps,
    told,
    async stop() {
      await Promise.all([...servers.map(({ server }) => close(server)), stop()])
      await Promise.all(apps.map(({ Session }) => Session.close()))
    },
  }
}

async function createSsoApp(client: Redis, issuer: string, name: string, url: string) {
  const config = await openid.discovery(new URL(issuer), name, SECRET, undefined, {
    execute: [openid.allowInsecureRequests],
  })
  const app = new Koa()
  const errors: unknown[] = []
  app.on('error', (error) => errors.push(error))
  const Session = sessions(app, {
    client,
    // A cookie is the same on all ports of a host.
    key: name,
    references: { user_id: {}, oidc_sid: { rotate: false }, oidc_sub: { rotate: false } },
    prefix: `sso-${createId()}`,
    timeout: '30 seconds',
  })
  const { jwks_uri: jwksUri } = config.serverMetadata()
  const logout = backChannelLogout(Session, {
    issuer,
    clientId: name,
    jwksUri,
    login: 'oidc_sid',
    user: 'oidc_sub',
  })
  const redirect_uri = `${url}/callback`
  const site: SsoApp = { url, Session, errors, hold: async () => {} }
  const router = new Router<DefaultState, SessionContext<SessionMiddleware>>()
  router.post('/back-channel-logout', logout)
  router.get('/login', async (ctx) => {
    const verifier = openid.randomPKCECodeVerifier()
    const state = openid.randomState()
    await ctx.session.set({ verifier, state })
    const code_challenge = await openid.calculatePKCECodeChallenge(verifier)
    const parameters = { redirect_uri, scope: 'openid', state, code_challenge }
    ctx.redirect(
      openid.buildAuthorizationUrl(config, { ...parameters, code_challenge_method: 'S256' }).href,
    )
  })
  router.get('/callback', async (ctx) => {
    const { verifier = '', state = '' } = await ctx.session.peek(['verifier', 'state'])
    const tokens = await openid.authorizationCodeGrant(config, new URL(url + ctx.url), {
      pkceCodeVerifier: verifier,
      expectedState: state,
    })
    const claims = tokens.claims()
    await site.hold()
    await ctx.session.signIn({ user_id: claims?.sub, ...(await logout.check(claims)) })
    ctx.redirect('/')
  })
  router.get('/', async (ctx) => {
    const { user_id = 'nobody' } = await ctx.session.peek(['user_id'])
    ctx.type = 'html'
    ctx.body = `<!doctype html><title>${name}</title><h1>You are ${user_id}</h1><p></p>
      <script>
        const events = new EventSource('/events')
        const says = (text) => () => { document.querySelector('p').textContent = text }
        events.addEventListener('open', says('open'))
        events.addEventListener('signed-out', () => { says('signed out')(); events.close() })
      </script>`
  })
  router.get('/events', async (ctx) => {
    const { signal } = ctx.session
    const stream = new PassThrough()
    stream.write(': open\n\n')
    void once(signal, 'abort').then(() => stream.end('event: signed-out\ndata:\n\n'))
    ctx.type = 'text/event-stream'
    ctx.body = stream
  })
  app.use(Session).use(router.routes())
  return { app, site }
}
