/** What the compiler knows of backChannelLogout(). */
import { Router } from '@koa/router'
import { expectTypeOf } from 'expect-type'
import Koa, { type DefaultState } from 'koa'
import type { IDToken } from 'openid-client'
import { backChannelLogout } from '../../../src/back-channel-logout/index.js'
import { field, type SessionContext, sessions } from '../../../src/index.js'

const app = new Koa()
const Session = sessions(app, {
  fields: {
    user_id: field.number(),
    oidc_sid: field.string(),
    oidc_sub: field.string(),
    cart: field.json<string[]>(),
  },
  references: { user_id: {}, oidc_sid: { rotate: false }, oidc_sub: { rotate: false } },
})
const provider = { issuer: 'https://provider.example', clientId: 'app', jwksUri: 'https://x' }
const logout = backChannelLogout(Session, { ...provider, login: 'oidc_sid', user: 'oidc_sub' })
const router = new Router<DefaultState, SessionContext<typeof Session>>()

app.use(logout)
router.post('/back-channel-logout', logout)
router.get('/callback', async (ctx) => {
  const references = await logout.check(undefined as IDToken | undefined)
  expectTypeOf(references.oidc_sid).toEqualTypeOf<string | null>()
  expectTypeOf(references.oidc_sub).toEqualTypeOf<string>()
  await ctx.session.signIn({ user_id: 7, ...references })
})

// @ts-expect-error -- no such field
backChannelLogout(Session, { ...provider, login: 'sid', user: 'oidc_sub' })
// @ts-expect-error -- a JSON field is no reference
backChannelLogout(Session, { ...provider, login: 'cart', user: 'oidc_sub' })
// @ts-expect-error -- no user
backChannelLogout(Session, { ...provider, login: 'oidc_sid' })

// Without declared fields.
const Untyped = sessions(app, { references: { oidc_sid: { rotate: false }, oidc_sub: {} } })
const { check } = backChannelLogout(Untyped, { ...provider, login: 'oidc_sid', user: 'oidc_sub' })
expectTypeOf(check).returns.resolves.toHaveProperty('oidc_sub')
