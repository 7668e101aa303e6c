import type { Context } from 'koa'
import type { BindingScope } from '../options/device-binding.js'
import { signTime } from '../store/binding.js'
import { answerEmpty } from '../koa/answer-empty.js'
import { checkChallenge } from './challenge.js'
import type { Settings } from './options.js'
import { readJwt, verify } from './device-key.js'
import { identifierOf, prove } from './prove.js'

const IDENTIFIER = /^([\w-]{20})\.[\w-]{8}$/

/**
 * Answers `POST PATH/refresh`. It knows the session by the identifier and the signature, never by cookies, which do not
 * come where another site's link led to the request.
 *
 * On a 4xx other than 403 the browser would forget its key. So what it can mend is a 403 with a new challenge, and it
 * is told to end its own session where ours has ended, or has another binding.
 */
export async function refresh(
  ctx: Context,
  scope: BindingScope,
  settings: Settings,
): Promise<void> {
  const { store } = scope
  const identifier = ctx.get('Sec-Secure-Session-Id').replaceAll('"', '')
  const id = IDENTIFIER.exec(identifier)?.[1]
  // No browser that has a key sends this.
  if (id === undefined) return answerEmpty(ctx, 403)
  const { binding = '', publicKey } = (await store.readBinding(id)) ?? {}
  if (publicKey === undefined || identifier !== identifierOf(id, binding)) {
    ctx.body = { continue: false }
    return
  }
  const jwt = readJwt(ctx.req.headers['secure-session-response'])
  const signed = jwt === undefined ? undefined : await verify(jwt, publicKey)
  const now = await store.now(id)
  const challengedAt =
    signed && checkChallenge(signed.challenge, binding, now, settings.refreshEvery)
  if (challengedAt !== undefined) {
    return prove(ctx, { id, binding, challengedAt, now }, scope, settings)
  }
  const challenge = signTime(binding, 'challenge', Math.floor(now.earliest))
  ctx.set('Secure-Session-Challenge', `"${challenge}";id="${identifier}"`)
  return answerEmpty(ctx, 403)
}
