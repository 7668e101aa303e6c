/** What the compiler knows of passportSession() and passportFields(). */
import { expectTypeOf } from 'expect-type'
import Koa from 'koa'
import passport from 'koa-passport'
import { field, sessions } from '../../../src/index.js'
import { passportFields, passportSession } from '../../../src/passport/index.js'

const app = new Koa()
const Session = sessions(app, {
  fields: { user_id: field.number(), ...passportFields('flash') },
  references: { user_id: {} },
})

app
  .use(Session)
  .use(passport.initialize())
  .use(passportSession(Session, { reference: 'user_id' }))
  .use(passport.session())
  .use(async (ctx) => {
    const values = await ctx.session.peek(['user_id', 'passport:flash'])
    expectTypeOf(values.user_id).toEqualTypeOf<number | undefined>()
    expectTypeOf(values['passport:flash']).toEqualTypeOf<string | undefined>()
    // @ts-expect-error -- no such field
    await ctx.session.peek(['passport:other'])
  })

// @ts-expect-error -- no such field
passportSession(Session, { reference: 'org_id' })
// @ts-expect-error -- no reference
passportSession(Session, {})
