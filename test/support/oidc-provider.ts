/** A real OpenID provider on this machine, and an application that signs in with it. */
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Router } from '@koa/router'
import type { Redis } from 'ioredis'
import Koa, { type DefaultState } from 'koa'
import koaPassport from 'koa-passport'
import { type ClientMetadata, Provider } from 'oidc-provider'
import * as openid from 'openid-client'
import { Strategy as OpenIdStrategy } from 'openid-client/passport'
import { Strategy as OAuth2Strategy } from 'passport-oauth2'
import { sessions, type SessionContext, type SessionMiddleware } from '../../src/index.js'
import { passportSession } from '../../src/passport/index.js'
import { createId } from '../../src/store/token.js'

export interface OidcSite {
  /** The application's, with a page and a button for each strategy. */
  readonly url: string
  readonly Session: SessionMiddleware
  stop(): Promise<void>
}

export async function listen(): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

export async function close(server: Server): Promise<void> {
  const closed = once(server.close(), 'close')
  server.closeAllConnections()
  await closed
}

type Done = (error: null, user: { id: string }) => void

const CLIENT = { client_id: 'app', client_secret: 'a secret that is long enough' }
const STRATEGIES = ['oauth2', 'openid'] as const

/** Starts a provider that asks for a name, any name, and then for consent. */
export function startProvider(redirect_uris: string[]) {
  return startProviderOf([{ ...CLIENT, redirect_uris }])
}

/** Starts such a provider for these clients, whom it tells of logouts where they ask for it. */
export async function startProviderOf(clients: ClientMetadata[]) {
  const { server, port } = await listen()
  const issuer = `http://127.0.0.1:${port}`
  const oidc = new Provider(issuer, {
    clients,
    cookies: { keys: [createId()] },
    // By its own dispatcher it reaches no application on this machine.
    fetch: (url, options) =>
      fetch(url, { ...options, dispatcher: undefined } as unknown as RequestInit),
    features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: true } },
  })
  server.on('request', oidc.callback() as RequestListener)
  return { issuer, oidc, stop: () => close(server) }
}

/** Starts an application, and its provider. */
export async function startOidcSite(client: Redis): Promise<OidcSite> {
  const site = await listen()
  // Another host than the provider's, so that each has its own cookies.
  const url = `http://localhost:${site.port}`
  const callbackURL = (name: string) => `${url}/${name}/callback`
  const provider = await startProvider(STRATEGIES.map(callbackURL))
  const { issuer } = provider

  const passport = new koaPassport.KoaPassport()
  passport.serializeUser((user, done) => done(null, (user as { id: string }).id))
  passport.deserializeUser((id: string, done) => done(null, { id }))
  const strategy = new OAuth2Strategy(
    {
      authorizationURL: `${issuer}/auth`,
      tokenURL: `${issuer}/token`,
      clientID: CLIENT.client_id,
      clientSecret: CLIENT.client_secret,
      callbackURL: callbackURL('oauth2'),
      scope: 'openid',
      state: true,
      pkce: true,
    },
    // Its types do not know the parameters of the answer.
    ((_access: string, _refresh: string, answer: { id_token: string }, _: unknown, done: Done) =>
      done(null, { id: subjectOf(answer.id_token) })) as never,
  )
  passport.use('oauth2', strategy)

  const config = await openid.discovery(
    new URL(issuer),
    CLIENT.client_id,
    undefined,
    openid.ClientSecretBasic(CLIENT.client_secret),
    { execute: [openid.allowInsecureRequests] },
  )
  passport.use(
    'openid',
    new WithState({ config, scope: 'openid', callbackURL: callbackURL('openid') }, (tokens, done) =>
      done(null, { id: tokens.claims()?.sub }),
    ),
  )

  const app = new Koa()
  const Session = sessions(app, {
    client,
    references: { user_id: {} },
    prefix: `oidc-${createId()}`,
    timeout: '30 seconds',
  })
  app
    .use(Session)
    .use(passport.initialize())
    .use(passportSession(Session, { reference: 'user_id' }))
    .use(passport.session())
    .use(routesOf(passport).routes())
  site.server.on('request', app.callback() as RequestListener)
  return {
    url,
    Session,
    async stop() {
      await Promise.all([close(site.server), provider.stop()])
    },
  }
}

function routesOf(passport: InstanceType<typeof koaPassport.KoaPassport>) {
  const router = new Router<DefaultState, SessionContext<SessionMiddleware>>()
  router.get('/', async (ctx) => {
    // A visitor has a session before both tabs start.
    if (!ctx.isAuthenticated()) await ctx.session.get()
    const { id } = (ctx.state['user'] ?? { id: 'nobody' }) as { id: string }
    ctx.type = 'html'
    ctx.body = `<!doctype html><title>App</title><h1>You are ${id}</h1>
      <form method="post" action="/logout"><button>Sign out</button></form>`
  })
  for (const name of STRATEGIES) {
    const options = { failureRedirect: '/refused', keepSessionInfo: true }
    const authenticate = passport.authenticate(name, { ...options, successRedirect: '/' })
    router.get(`/${name}`, authenticate as never).get(`/${name}/callback`, authenticate as never)
  }
  router.post('/logout', async (ctx) => {
    await ctx.logout()
    ctx.redirect('/')
  })
  return router
}

/** It sends no state to providers that know PKCE, and two tabs cannot be told apart without. */
class WithState extends OpenIdStrategy {
  override authorizationRequestParams(
    ...args: Parameters<OpenIdStrategy['authorizationRequestParams']>
  ) {
    const params = new URLSearchParams(super.authorizationRequestParams(...args) as URLSearchParams)
    params.set('state', openid.randomState())
    return params
  }
}

function subjectOf(token: string): string {
  const payload = Buffer.from(token.split('.')[1]!, 'base64url').toString()
  return (JSON.parse(payload) as { sub: string }).sub
}
