/** Sessions of a library before: from one old cookie one session, which ends for good. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { Changes, Store } from '../../src/store/store.js'
import { createToken, deriveToken, type Token } from '../../src/store/token.js'
import {
  encodeValues,
  foundIds,
  freshPrefix,
  HOUR,
  login,
  owner,
  POLICY,
  renewal,
  set,
  type Open,
} from '../support/store.js'

const freshToken = (): Token => deriveToken(createToken(24).secret)
const changes = (user: string): Changes => encodeValues({ user_id: user, a: 1 })

export function describeAdopting(open: Open): void {
  describe('adopting', () => {
    let store: Store
    beforeAll(async () => {
      store = await open({ ...POLICY, adopts: true }, freshPrefix())
    })

    const adopt = ({ id, secretHash }: Token, user: string, until = Date.now() + HOUR) =>
      store.adopt(id, secretHash, changes(user), until)

    test('creates a session that is found', async () => {
      const token = freshToken()
      const lifetime = await adopt(token, 'adopted')
      expect(lifetime).toMatchObject({ expiresIn: HOUR, hasOwnMaxAge: false })
      expect(await store.read(token.id)).toEqual({
        values: { user_id: 'adopted', a: '1' },
        secretHash: token.secretHash,
      })
      expect(await foundIds(store, 'user_id', 'adopted')).toEqual([token.id])
    })

    test('is done once, by several requests at a time', async () => {
      const token = freshToken()
      const adopted = await Promise.all([1, 2, 3, 4, 5].map(() => adopt(token, 'parallel')))
      expect(adopted.every((one) => one !== undefined)).toBe(true)
      expect(await foundIds(store, 'user_id', 'parallel')).toEqual([token.id])
      await store.update(token.id, set({ a: 2 }, { secretHash: token.secretHash }))
      await adopt(token, 'parallel')
      expect(await store.read(token.id, ['a'])).toMatchObject({ values: { a: '2' } })
    })

    test.each([
      ['its owner', ({ id, secretHash }: Token) => store.delete(id, { owner: owner(secretHash) })],
      ['an operator', ({ id }: Token) => store.delete(id)],
    ])('is not done again after %s ended the session', async (_, end) => {
      const token = freshToken()
      await adopt(token, 'ended')
      expect(await end(token)).toBe('deleted')
      expect(await adopt(token, 'ended')).toBeUndefined()
      expect(await store.read(token.id)).toBeUndefined()
      expect(await foundIds(store, 'user_id', 'ended')).toEqual([])
    })

    test('is not done again after the session expired', async () => {
      const token = freshToken()
      const short = { ...changes('expired'), maxAge: 30 }
      await store.adopt(token.id, token.secretHash, short, Date.now() + HOUR)
      while ((await store.read(token.id)) !== undefined);
      expect(await adopt(token, 'expired')).toBeUndefined()
      expect(await foundIds(store, 'user_id', 'expired')).toEqual([])
    })

    test('is known for an hour longer than the old cookie is valid', async () => {
      const token = freshToken()
      expect(await store.adoptedUntil(token.id)).toBeUndefined()
      const until = Date.now() + 30
      await adopt(token, 'known', until)
      expect(await store.adoptedUntil(token.id)).toBe(until)
      await store.delete(token.id)
      while (Date.now() <= until);
      expect(await store.adoptedUntil(token.id)).toBe(until)
      expect(await adopt(token, 'known')).toBeUndefined()
    })

    test('is refused after any revokeAll, also of hours ago', async () => {
      await store.revokeAll('user_id', 'revoked')
      const token = freshToken()
      await expect(adopt(token, 'revoked')).rejects.toMatchObject({ code: 'ERR_SESSION_REVOKED' })
      expect(await store.read(token.id)).toBeUndefined()
      expect(await foundIds(store, 'user_id', 'revoked')).toEqual([])
      // A sign-in that begins now is not.
      const { id, secretHash } = createToken(24)
      await store.create(id, secretHash, { ...changes('revoked'), since: performance.now() })
      expect(await foundIds(store, 'user_id', 'revoked')).toEqual([id])
    })

    test('is ended or refused when revokeAll comes at the same time', async () => {
      for (let round = 0; round < 10; round++) {
        const value = `race-${round}`
        const token = freshToken()
        const adoptions = [1, 2, 3].map(() => adopt(token, value))
        const [, ...outcomes] = await Promise.allSettled([
          store.revokeAll('user_id', value),
          ...adoptions,
        ])
        for (const outcome of outcomes) {
          if (outcome.status === 'fulfilled') continue
          expect(outcome.reason).toMatchObject({ code: 'ERR_SESSION_REVOKED' })
        }
        expect(await foundIds(store, 'user_id', value)).toEqual([])
        expect(await store.read(token.id)).toBeUndefined()
      }
    })

    test('does nothing where the secret was renewed', async () => {
      const token = freshToken()
      await adopt(token, 'renewed')
      const { secretHash } = token
      await store.update(token.id, { secretHash, renewal: renewal('always') })
      expect(await adopt(token, 'renewed')).toBeUndefined()
      expect(await store.explain(token.id, secretHash, performance.now())).toMatchObject({
        refusal: 'superseded',
      })
      expect(await foundIds(store, 'user_id', 'renewed')).toEqual([token.id])
    })

    test.each(['refuse', 'evict-oldest'] as const)(
      'takes a slot if one is free: %s',
      async (onMax) => {
        const references = new Map([['user_id', { rotate: true, max: 1, onMax }]])
        const limited = await open({ ...POLICY, adopts: true, references }, freshPrefix())
        const [one, other] = [freshToken(), freshToken()]
        await limited.adopt(one.id, one.secretHash, changes('limited'), Date.now() + HOUR)
        await expect(
          limited.adopt(other.id, other.secretHash, changes('limited'), Date.now() + HOUR),
        ).rejects.toMatchObject({ code: 'ERR_SESSION_LIMIT' })
        // Refused, it is not marked.
        await limited.delete(one.id)
        await limited.adopt(other.id, other.secretHash, changes('limited'), Date.now() + HOUR)
        expect(await foundIds(limited, 'user_id', 'limited')).toEqual([other.id])
      },
    )

    test('leaves no id in a set for good', async () => {
      const ended = await Promise.all(
        Array.from({ length: 20 }, async () => {
          const token = freshToken()
          await adopt(token, 'pruned')
          return token
        }),
      )
      await Promise.all(ended.map(({ id }) => store.delete(id)))
      const { id } = await login(store, { user_id: 'pruned' })
      expect(await foundIds(store, 'user_id', 'pruned')).toEqual([id])
    })
  })
}
