import type { Store } from '../store/store.js'
import { sameSecret, type Token } from '../store/token.js'

/**
 * Chooses among several cookies of one name, of another path or domain, say.
 *
 * @returns those that open a session, in their order; else the first whose session can be told, or the first
 */
export async function chooseTokens(
  tokens: readonly Token[],
  store: Store,
  requestStartedAt: number,
): Promise<readonly Token[]> {
  const stored = await Promise.all(tokens.map(({ id }) => store.read(id, [])))
  const open = tokens.filter(({ secretHash }, i) => sameSecret(secretHash, stored[i]?.secretHash))
  if (open.length > 0) return open
  for (const token of tokens) {
    if ((await store.explain(token.id, token.secretHash, requestStartedAt)) !== 'gone')
      return [token]
  }
  return tokens.slice(0, 1)
}
