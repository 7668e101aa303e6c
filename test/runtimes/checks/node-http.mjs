import { sessions } from 'koa-redis-session-sets/node'
import { ioredis } from '../lib/clients.mjs'
import { travel } from '../lib/journey.mjs'
import { listen, prefix } from '../lib/site.mjs'

const client = ioredis()
const Session = sessions({ client, references: { user_id: {} }, prefix })

async function answer(req, res) {
  const session = Session.for(req, res)
  const [, name, value] = req.url.split('/')
  if (name === 'sign-in') await session.signIn({ user_id: value })
  if (name === 'sign-out') await session.delete()
  if (name === 'set') await session.set({ [value]: 'yes' })
  if (name !== '') res.statusCode = 204
  res.end(name === '' ? JSON.stringify(await session.peek()) : undefined)
}

const site = await listen(answer, () => Session.close())
await travel({ Session, ...site })
await site.stop()
await client.quit()
