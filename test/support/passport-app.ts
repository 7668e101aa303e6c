/** An application with the real koa-passport, and browsers that visit it. */
import { bodyParser } from '@koa/bodyparser'
import { Router } from '@koa/router'
import Koa, { type DefaultState } from 'koa'
import koaPassport from 'koa-passport'
import { Strategy as LocalStrategy } from 'passport-local'
import { Strategy as OAuth2Strategy } from 'passport-oauth2'
import request from 'supertest'
import {
  type FieldValues,
  MemoryStore,
  type SessionContext,
  type SessionMiddleware,
  type SessionOptions,
  sessions,
} from '../../src/index.js'
import { passportSession } from '../../src/passport/index.js'
import { createId } from '../../src/store/token.js'

export interface User {
  readonly id: number | string
  readonly name: string
}

export const ANN: User = { id: 7, name: 'ann' }
export const BOB: User = { id: 'b-8', name: 'bob' }
const USERS = [ANN, BOB, { id: 0, name: 'zero' }]

type Passport = InstanceType<typeof koaPassport.KoaPassport>
type Routes = Router<DefaultState, SessionContext<SessionMiddleware>>

export interface PassportSite {
  readonly app: Koa
  readonly Session: SessionMiddleware
  readonly passport: Passport
  /** Routes that a test adds. */
  readonly router: Routes
  /** Users whom `deserializeUser` does not know any more. */
  readonly removed: Set<User['id']>
  /** What `deserializeUser` asks. */
  readonly users: { isDown: boolean }
  /** Errors that the application emitted. */
  readonly errors: unknown[]
  /** A visitor with cookies of its own. */
  agent(): Agent
}

export type Agent = ReturnType<typeof request.agent>

interface Given {
  readonly options?: Partial<SessionOptions>
  readonly KoaPassport?: typeof koaPassport.KoaPassport
  readonly serialize?: (user: User) => unknown
}

export function createPassportSite(given: Given = {}): PassportSite {
  const { options = {}, KoaPassport = koaPassport.KoaPassport, serialize = ({ id }) => id } = given
  const app = new Koa()
  app.silent = true
  const errors: unknown[] = []
  app.on('error', (error) => errors.push(error))
  const Session = sessions(app, {
    store: options.client === undefined ? new MemoryStore() : undefined,
    references: { user_id: {}, ip: { rotate: false } },
    prefix: `passport-${createId()}`,
    timeout: '30 seconds',
    ...options,
  } as SessionOptions)
  const passport = new KoaPassport()
  const removed = new Set<User['id']>()
  const users = { isDown: false }
  passport.serializeUser((user, done) => done(null, serialize(user as User)))
  passport.deserializeUser((id, done) => {
    if (users.isDown) return done(new Error('the database is down'))
    // `===`: an id has to come back as what it was.
    const user = USERS.find((one) => one.id === id && !removed.has(one.id))
    done(null, user ?? false)
  })
  passport.use(
    new LocalStrategy((name, password, done) => {
      const user = USERS.find((one) => one.name === name)
      if (user === undefined || password !== 'right') return done(null, false, { message: 'Wrong' })
      return done(null, user)
    }),
  )
  const router: Routes = new Router()
  router.get('/me', (ctx) => {
    ctx.body = {
      in: ctx.isAuthenticated(),
      out: ctx.isUnauthenticated(),
      user: ctx.state['user'] ?? null,
    }
  })
  router.get('/public', (ctx) => {
    ctx.body = 'for everybody'
  })
  router.get('/fields', async (ctx) => {
    ctx.body = await ctx.session.peek()
  })
  router.post('/fields', async (ctx) => {
    await ctx.session.set(ctx.request.body as FieldValues)
    ctx.status = 204
  })
  router.get('/passport', (ctx) => {
    ctx.body = ctx.state['session'] as object
  })
  router.post('/passport', (ctx) => {
    Object.assign(ctx.state['session'] as object, ctx.request.body)
    ctx.status = 204
  })
  router.post('/login', passport.authenticate('local'), (ctx) => {
    ctx.status = 204
  })
  router.post('/login/keep', passport.authenticate('local', { keepSessionInfo: true }), (ctx) => {
    ctx.status = 204
  })
  router.post(
    '/login/message',
    passport.authenticate('local', { failureMessage: true, failureRedirect: '/login' }),
  )
  router.post('/logout', async (ctx) => {
    await ctx.logout()
    ctx.status = 204
  })
  app
    .use(Session)
    .use(bodyParser())
    .use(passport.initialize())
    .use(passportSession(Session, { reference: 'user_id' }))
    .use(passport.session())
    .use(router.routes())
  const server = app.callback()
  return {
    app,
    Session,
    passport,
    router,
    removed,
    users,
    errors,
    agent: () => request.agent(server),
  }
}

export function signIn(agent: Agent, user: User, path = '/login'): Promise<request.Response> {
  return Promise.resolve(agent.post(path).send({ username: user.name, password: 'right' }))
}

/** The session's cookie that an answer sets. */
export function cookieOf(answer: request.Response): string | undefined {
  return ([] as string[])
    .concat(answer.headers['set-cookie'] ?? [])
    .find((one) => one.startsWith('session-id='))
    ?.split(';', 1)[0]
}

/** A strategy that sends to a provider, of whom there is nothing, and keeps a state and a PKCE verifier. */
export function addOAuth(
  site: PassportSite,
  name: string,
  beforeStart: () => Promise<void> = async () => {},
): void {
  const strategy = new OAuth2Strategy(
    {
      authorizationURL: `https://${name}.example/authorize`,
      tokenURL: 'http://127.0.0.1:1/token',
      clientID: 'app',
      clientSecret: 'secret',
      callbackURL: `https://app.example/${name}/callback`,
      state: true,
      pkce: true,
    },
    (
      _access: string,
      _refresh: string,
      _profile: unknown,
      done: (error: null, user: unknown) => void,
    ) => done(null, ANN),
  )
  site.passport.use(name, strategy)
  site.router.get(`/${name}`, async (ctx, next) => {
    await beforeStart()
    return site.passport.authenticate(name)(ctx, next)
  })
  site.router.get(`/${name}/callback`, site.passport.authenticate(name) as never)
  site.router.all(`/${name}/kept`, (ctx) => {
    const session = ctx.state['session'] as Record<string, { state?: { handle: string } }>
    ctx.body = { handle: session[`oauth2:${name}.example`]?.state?.handle ?? null }
  })
}

/** What a start sends to the provider. */
export const stateOf = (location: string | undefined) =>
  new URL(location!).searchParams.get('state')!
