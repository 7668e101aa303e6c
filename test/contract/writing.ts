import { beforeAll, describe, expect, test } from 'vitest'
import type { FieldValues } from '../../src/index.js'
import type { Store } from '../../src/store/store.js'
import { createId, createToken } from '../../src/store/token.js'
import {
  foundIds,
  freshPrefix,
  HOUR,
  login,
  POLICY,
  renewal,
  set,
  type Open,
} from '../support/store.js'
import { until } from '../support/until.js'

export function describeWriting(open: Open): void {
  let store: Store
  beforeAll(async () => {
    store = await open(POLICY, freshPrefix())
  })

  describe('update', () => {
    test('changes some fields and leaves the others', async () => {
      const { id, secretHash } = await login(store, { a: 1, b: 2, c: 3 })
      const updated = await store.update(id, set({ b: 'x', c: null, d: 4 }, { secretHash }))
      expect(updated).toMatchObject({ renewed: false, hasOwnMaxAge: false, expiresIn: HOUR })
      expect((await store.read(id))?.values).toEqual({ a: '1', b: 'x', d: '4' })
    })

    test('never creates a session', async () => {
      const id = createId()
      expect(await store.update(id, set({ user_id: 'ghost' }))).toMatchObject({ refusal: 'gone' })
      expect(await store.update('rubbish', set({ user_id: 'ghost' }))).toMatchObject({
        refusal: 'gone',
      })
      expect(await store.read(id)).toBeUndefined()
      expect(await foundIds(store, 'user_id', 'ghost')).toEqual([])
    })

    test('refuses a wrong secret, and changes nothing', async () => {
      const { id } = await login(store, { user_id: 'right' })
      const wrong = set({ user_id: 'wrong' }, { secretHash: createToken(24).secretHash })
      expect(await store.update(id, wrong)).toMatchObject({ refusal: 'gone' })
      expect((await store.read(id))?.values).toEqual({ user_id: 'right' })
      expect(await foundIds(store, 'user_id', 'wrong')).toEqual([])
    })

    test('loses no simultaneous update', async () => {
      const { id, secretHash } = await login(store)
      const names = Array.from({ length: 100 }, (_, i) => `f${i}`)
      await Promise.all(names.map((name) => store.update(id, set({ [name]: 1 }, { secretHash }))))
      expect(Object.keys((await store.read(id))?.values ?? {}).toSorted()).toEqual(names.toSorted())
    })

    test('moves a session to the new value of a reference', async () => {
      const { id } = await login(store, { user_id: 'old', org_id: 'same' })
      await store.update(id, set({ user_id: 'new' }))
      expect(await foundIds(store, 'user_id', 'new')).toEqual([id])
      expect(await foundIds(store, 'user_id', 'old')).toEqual([])
      expect(await store.count('user_id', 'old')).toBe(0)
      expect(await foundIds(store, 'org_id', 'same')).toEqual([id])
      await store.update(id, set({ user_id: 'old' }))
      expect(await foundIds(store, 'user_id', 'old')).toEqual([id])
      await store.update(id, { unset: ['user_id'] })
      expect(await foundIds(store, 'user_id', 'old')).toEqual([])
    })

    test('a session that has another value survives revokeAll of the old one', async () => {
      const { id } = await login(store, { user_id: 'from' })
      await store.update(id, set({ user_id: 'to' }))
      expect(await store.revokeAll('user_id', 'from')).toBe(0)
      expect(await store.read(id)).toBeDefined()
    })
  })

  describe('renewal', () => {
    test('happens when a rotating reference changes, and only then', async () => {
      const { id, secretHash } = await login(store, { user_id: 1, ip: 'a' })
      const update = async (values: FieldValues) =>
        store.update(id, set(values, { secretHash, renewal: renewal('changed') }))
      expect(await update({ user_id: 1, ip: 'b', x: 1 })).toMatchObject({ renewed: false })
      expect((await store.read(id))?.secretHash).toBe(secretHash)
      expect(await update({ user_id: 2 })).toMatchObject({ renewed: true })
      expect((await store.read(id))?.secretHash).not.toBe(secretHash)
      expect(await update({ user_id: 3 })).toMatchObject({ refusal: 'superseded' })
      expect((await store.read(id))?.values['user_id']).toBe('2')
    })

    test('happens when a reference is removed, or set for the first time', async () => {
      const { id, secretHash } = await login(store)
      const first = renewal('changed')
      expect(
        await store.update(id, set({ org_id: 1 }, { secretHash, renewal: first })),
      ).toMatchObject({ renewed: true })
      const { secretHash: now } = first
      expect(
        await store.update(id, {
          unset: ['org_id'],
          secretHash: now,
          renewal: renewal('changed'),
        }),
      ).toMatchObject({ renewed: true })
    })

    test('keeps id, fields and sets', async () => {
      const { id, secretHash } = await login(store, { user_id: 'kept', a: 1 })
      const next = renewal('always')
      await store.update(id, { secretHash, renewal: next })
      expect(await store.read(id)).toEqual({
        values: { user_id: 'kept', a: '1' },
        secretHash: next.secretHash,
        signedInAt: undefined,
      })
      expect(await foundIds(store, 'user_id', 'kept')).toEqual([id])
    })

    test('knows no superseded secret of a session that has expired', async () => {
      const { id, secretHash } = await login(store, { a: 1 })
      await store.update(id, set({}, { secretHash, renewal: renewal('always'), maxAge: 20 }))
      await until('it expires', async () => (await store.read(id)) === undefined)
      const owner = { secretHash, requestStartedAt: performance.now() }
      expect(await store.explain(id, secretHash, owner.requestStartedAt)).toMatchObject({
        refusal: 'gone',
      })
      expect(await store.update(id, set({ a: 1 }, { secretHash }))).toMatchObject({
        refusal: 'gone',
      })
      expect(await store.delete(id, { owner })).toBe('gone')
    })

    test('recognises each superseded secret, but not a wrong one', async () => {
      const { id, secretHash } = await login(store)
      const chain = [secretHash]
      for (let i = 0; i < 4; i++) {
        const next = renewal('always')
        await store.update(id, { secretHash: chain.at(-1)!, renewal: next })
        chain.push(next.secretHash)
      }
      const current = chain.pop()!
      for (const old of chain) {
        expect(await store.explain(id, old, performance.now())).toMatchObject({
          refusal: 'superseded',
        })
        expect(await store.update(id, set({ a: 1 }, { secretHash: old }))).toMatchObject({
          refusal: 'superseded',
        })
      }
      for (const other of [current, createToken(24).secretHash]) {
        expect(await store.explain(id, other, performance.now())).toMatchObject({ refusal: 'gone' })
      }
      expect((await store.read(id))?.values).toEqual({})
    })

    test('lets one of two simultaneous renewals through', async () => {
      const { id, secretHash } = await login(store)
      const outcomes = await Promise.all(
        [1, 2].map((user_id) =>
          store.update(id, set({ user_id }, { secretHash, renewal: renewal('changed') })),
        ),
      )
      expect(
        outcomes.filter((one) => 'refusal' in one && one.refusal === 'superseded'),
      ).toHaveLength(1)
    })
  })

  describe('increment', () => {
    test('counts from 0 by any whole number, and loses no increment', async () => {
      const { id } = await login(store)
      const add = async (by: string) => store.update(id, { increment: { name: 'n', by } })
      expect(await add('5')).toMatchObject({ incremented: '5' })
      expect(await add('-7')).toMatchObject({ incremented: '-2' })
      await Promise.all(Array.from({ length: 50 }, () => add('1')))
      expect((await store.read(id))?.values).toEqual({ n: '48' })
    })

    test('is exact up to 64 bits', async () => {
      const { id } = await login(store, { n: 9007199254740993n })
      const updated = await store.update(id, { increment: { name: 'n', by: '9007199254740993' } })
      expect(updated).toMatchObject({ incremented: '18014398509481986' })
    })

    test.each(['x', '1.5', '', ' 1', '01', '+1', '-0', '9223372036854775807', '9'.repeat(30)])(
      'refuses to add 1 to %j, and changes nothing',
      async (text) => {
        const { id } = await login(store, { n: text })
        await expect(store.update(id, { increment: { name: 'n', by: '1' } })).rejects.toMatchObject(
          { code: 'ERR_SESSION_FIELD' },
        )
        expect((await store.read(id))?.values).toEqual({ n: text })
      },
    )
  })
}
