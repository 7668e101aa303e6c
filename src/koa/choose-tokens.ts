import type { DeviceProof } from './device-proof.js'
import type { Store } from '../store/store.js'
import { sameSecret, type Token } from '../store/token.js'

/**
 * Chooses among several cookies of one name, of another path or domain, say.
 *
 * @returns those that open a session, then those that miss only its proof; else the first whose session can be told,
 * the first that ended with a reason, or the first
 */
export async function chooseTokens(
  tokens: readonly Token[],
  store: Store,
  requestStartedAt: number,
  proof: DeviceProof | undefined,
): Promise<readonly Token[]> {
  const stored = await Promise.all(tokens.map(({ id }) => store.read(id, [])))
  const own = tokens.filter(({ secretHash }, i) => sameSecret(secretHash, stored[i]?.secretHash))
  const open: Token[] = []
  for (const token of own) {
    const { binding } = stored[tokens.indexOf(token)] ?? {}
    if (proof === undefined || (await proof.opens(token.id, binding))) open.push(token)
  }
  proof?.forget()
  if (own.length > 0) return [...open, ...own.filter((token) => !open.includes(token))]
  let told: Token | undefined
  for (const token of tokens) {
    const { id, secretHash } = token
    const { refusal, endReason } = await store.explain(id, secretHash, requestStartedAt)
    if (refusal !== 'gone') return [token]
    if (endReason !== undefined) told ??= token
  }
  return told === undefined ? tokens.slice(0, 1) : [told]
}
