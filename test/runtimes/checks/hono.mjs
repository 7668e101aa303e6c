import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { sessions } from 'koa-redis-session-sets/node'
import { ioredis } from '../lib/clients.mjs'
import { travel } from '../lib/journey.mjs'
import { listen, prefix } from '../lib/site.mjs'

const client = ioredis()
const Session = sessions({ client, references: { user_id: {} }, prefix })
const of = (c) => Session.for(c.env.incoming, c.env.outgoing)

const app = new Hono()
app.get('/', async (c) => c.json(await of(c).peek()))
app.post('/sign-in/:user', async (c) => {
  await of(c).signIn({ user_id: c.req.param('user') })
  return c.body(null, 204)
})
app.post('/set/:name', async (c) => {
  await of(c).set({ [c.req.param('name')]: 'yes' })
  return c.body(null, 204)
})
app.post('/sign-out', async (c) => {
  await of(c).delete()
  return c.body(null, 204)
})

const site = await listen(getRequestListener(app.fetch), () => Session.close())
await travel({ Session, ...site })
await site.stop()
await client.quit()
