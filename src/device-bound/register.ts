import type { Context } from 'koa'
import type { BindingScope } from '../options/device-binding.js'
import type { StoredBinding } from '../store/store.js'
import { sameSecret, type Token } from '../store/token.js'
import { answerEmpty } from '../koa/answer-empty.js'
import { checkChallenge } from './challenge.js'
import type { Settings } from './options.js'
import { readJwt, verify } from './device-key.js'
import { prove } from './prove.js'

/**
 * Answers `POST PATH/register`: binds the session of the cookie to the device that has signed the challenge.
 *
 * A refusal leaves the browser unbound, and its session an ordinary one: 401 without a cookie that opens a session, 400
 * without a valid signature, 403 for another session's challenge, an old one, and a second key.
 */
export async function register(
  ctx: Context,
  scope: BindingScope,
  settings: Settings,
): Promise<void> {
  const { store } = scope
  const open = await findOpen(scope)
  if (open.length === 0) return answerEmpty(ctx, 401)
  const jwt = readJwt(ctx.req.headers['secure-session-response'])
  const signed = jwt === undefined ? undefined : await verify(jwt)
  if (signed === undefined) return answerEmpty(ctx, 400)
  for (const [{ id, secretHash }, { binding }] of open) {
    const now = await store.now(id)
    const challengedAt = checkChallenge(signed.challenge, binding, now, settings.refreshEvery)
    if (challengedAt === undefined) continue
    if ((await store.bind(id, secretHash, signed.publicKey)) === 'refused') break
    return prove(ctx, { id, binding, challengedAt, now }, scope, settings)
  }
  return answerEmpty(ctx, 403)
}

/** The sessions that the cookies open, with their bindings. */
async function findOpen({ store, tokens }: BindingScope): Promise<[Token, StoredBinding][]> {
  const open: [Token, StoredBinding][] = []
  for (const token of tokens) {
    const stored = await store.readBinding(token.id)
    if (stored !== undefined && sameSecret(token.secretHash, stored.secretHash)) {
      open.push([token, stored])
    }
  }
  return open
}
