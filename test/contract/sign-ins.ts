/** Who may sign in: not whose request was under way when all were revoked, nor more than the limit. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { FieldValues } from '../../src/index.js'
import type { Store } from '../../src/store/store.js'
import { createId, createToken } from '../../src/store/token.js'
import { until } from '../support/until.js'
import {
  encodeValues,
  foundIds,
  freshPrefix,
  login,
  type Open,
  POLICY,
  renewal,
  set,
} from '../support/store.js'

/** A visitor's sign-in, whose request began at a time. */
async function signIn(
  store: Store,
  values: FieldValues,
  since = performance.now(),
  maxAge?: number,
) {
  const { id, secretHash } = createToken(24)
  await store.create(id, secretHash, { ...encodeValues(values), since, maxAge })
  return { id, secretHash }
}

const REVOKED = { code: 'ERR_SESSION_REVOKED', status: 401 }
const LIMIT = { code: 'ERR_SESSION_LIMIT', status: 403 }

function describeUnderWay(open: Open): void {
  describe('a sign-in that began before revokeAll', () => {
    let store: Store
    let since: number
    beforeAll(async () => {
      store = await open(POLICY, freshPrefix())
      since = performance.now()
      await login(store, { user_id: 'changed' })
      expect(await store.revokeAll('user_id', 'changed')).toBe(1)
    })

    test('creates no session with the value', async () => {
      await expect(signIn(store, { user_id: 'changed' }, since)).rejects.toMatchObject(REVOKED)
      await expect(
        signIn(store, { org_id: 'other', user_id: 'changed' }, since),
      ).rejects.toMatchObject(REVOKED)
      expect(await store.count('user_id', 'changed')).toBe(0)
      expect(await store.count('org_id', 'other')).toBe(0)
    })

    test('does not give a session the value, and leaves it as it was', async () => {
      const { id, secretHash } = await login(store, { user_id: 'somebody', a: 1 })
      const update = set(
        { user_id: 'changed', a: 2 },
        { secretHash, since, renewal: renewal('changed') },
      )
      await expect(store.update(id, update)).rejects.toMatchObject(REVOKED)
      expect(await store.read(id)).toEqual({ values: { user_id: 'somebody', a: '1' }, secretHash })
      expect(await store.count('user_id', 'changed')).toBe(0)
      expect(await foundIds(store, 'user_id', 'somebody')).toEqual([id])
    })

    test('may do everything else', async () => {
      const { id } = await signIn(store, { user_id: 'spared', org_id: 'changed' }, since)
      expect(await foundIds(store, 'org_id', 'changed')).toEqual([id])
      expect(await store.update(id, { ...set({ a: 1, ip: 'changed' }), since })).toMatchObject({
        renewed: false,
      })
    })

    test('is refused, but later ones and the operator are not', async () => {
      const later = await signIn(store, { user_id: 'changed' })
      const { id, secretHash } = await login(store, { a: 1 })
      expect(
        await store.update(
          id,
          set({ user_id: 'changed' }, { secretHash, since: performance.now() }),
        ),
      ).toMatchObject({ renewed: false })
      const operators = createId()
      await store.put(operators, set({ user_id: 'changed' }))
      expect(await foundIds(store, 'user_id', 'changed')).toEqual(
        [later.id, id, operators].toSorted(),
      )
    })

    test('may set the value that its session has already', async () => {
      const began = performance.now()
      const { id, secretHash } = await signIn(store, { user_id: 'mine' })
      await store.revokeAll('user_id', 'mine', { except: id })
      const update = set({ user_id: 'mine', a: 1 }, { secretHash, since: began })
      expect(await store.update(id, update)).toMatchObject({ renewed: false })
    })

    test('is refused by the last revokeAll, even if that ended no session', async () => {
      const between = performance.now()
      expect(await store.revokeAll('user_id', 'nobody')).toBe(0)
      await expect(signIn(store, { user_id: 'nobody' }, between)).rejects.toMatchObject(REVOKED)
      const { id } = await signIn(store, { user_id: 'nobody' })
      const again = performance.now()
      expect(await store.revokeAll('user_id', 'nobody', { except: id })).toBe(0)
      await expect(signIn(store, { user_id: 'nobody' }, again)).rejects.toMatchObject(REVOKED)
      expect(await foundIds(store, 'user_id', 'nobody')).toEqual([id])
    })

    test('is ended or refused when both happen at the same time', async () => {
      for (let round = 0; round < 10; round++) {
        const began = performance.now()
        const value = `race-${round}`
        const guests = await Promise.all([1, 2, 3].map(() => login(store, { a: 1 })))
        const logins = [
          ...[1, 2, 3].map(() => signIn(store, { user_id: value }, began)),
          ...guests.map(({ id, secretHash }) =>
            store.update(id, set({ user_id: value }, { secretHash, since: began })),
          ),
        ]
        const [, ...outcomes] = await Promise.allSettled([
          store.revokeAll('user_id', value),
          ...logins,
        ])
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(REVOKED)
        }
        expect(await foundIds(store, 'user_id', value)).toEqual([])
      }
    })
  })
}

function describeLimit(open: Open): void {
  const limited = (onMax: 'evict-oldest' | 'refuse', max = 2) =>
    open(
      {
        ...POLICY,
        references: new Map([...POLICY.references, ['user_id', { rotate: true, max, onMax }]]),
      },
      freshPrefix(),
    )

  describe('a limit of sessions with one value', () => {
    test('ends the session that signed in first', async () => {
      const store = await limited('evict-oldest')
      const guest = await login(store, { a: 1 })
      const [first, second] = [
        await signIn(store, { user_id: 1, org_id: 'o' }),
        await signIn(store, { user_id: 1 }),
      ]
      // It is the oldest, but signed in last.
      const update = set({ user_id: 1 }, { ...guest, since: performance.now() })
      await store.update(guest.id, update)
      expect(await foundIds(store, 'user_id', '1')).toEqual([second.id, guest.id].toSorted())
      expect(await store.read(first.id)).toBeUndefined()
      expect(await store.count('org_id', 'o')).toBe(0)
      expect(await store.update(first.id, { secretHash: first.secretHash })).toMatchObject({
        refusal: 'gone',
      })
      const { id } = await signIn(store, { user_id: 1 })
      expect(await foundIds(store, 'user_id', '1')).toEqual([guest.id, id].toSorted())
    })

    test('of two references ends no more than both need', async () => {
      const store = await open(
        {
          ...POLICY,
          references: new Map([
            ['user_id', { rotate: true, max: 3, onMax: 'evict-oldest' as const }],
            ['org_id', { rotate: false, max: 1, onMax: 'evict-oldest' as const }],
          ]),
        },
        freshPrefix(),
      )
      const laptop = await signIn(store, { user_id: 1, org_id: '1 laptop' })
      const phone = await signIn(store, { user_id: 1, org_id: '1 phone' })
      const tablet = await signIn(store, { user_id: 1, org_id: '1 tablet' })
      const newPhone = await signIn(store, { user_id: 1, org_id: '1 phone' })
      expect(await store.read(phone.id)).toBeUndefined()
      expect(await foundIds(store, 'user_id', '1')).toEqual(
        [laptop.id, tablet.id, newPhone.id].toSorted(),
      )
      expect(await foundIds(store, 'org_id', '1 phone')).toEqual([newPhone.id])
    })

    test('refuses one more, and changes nothing', async () => {
      const store = await limited('refuse')
      const [one, two] = [await signIn(store, { user_id: 1 }), await signIn(store, { user_id: 1 })]
      const refused = signIn(store, { user_id: 1, org_id: 'o' })
      await expect(refused).rejects.toMatchObject(LIMIT)
      const guest = await login(store, { a: 1 })
      const update = set({ user_id: 1, a: 2 }, { ...guest, since: performance.now() })
      await expect(store.update(guest.id, update)).rejects.toMatchObject(LIMIT)
      expect((await store.read(guest.id))?.values).toEqual({ a: '1' })
      expect(await foundIds(store, 'user_id', '1')).toEqual([one.id, two.id].toSorted())
      expect(await store.count('org_id', 'o')).toBe(0)
    })

    test.each(['delete', 'revokeAll'] as const)('has room again after %s', async (how) => {
      const store = await limited('refuse', 1)
      const { id } = await signIn(store, { user_id: 1 })
      await (how === 'delete' ? store.delete(id) : store.revokeAll('user_id', '1'))
      const next = await signIn(store, { user_id: 1 })
      expect(await foundIds(store, 'user_id', '1')).toEqual([next.id])
    })

    test.each([
      ['it signs out', { unset: ['user_id'] }],
      ['it signs in to another account', set({ user_id: 2 })],
    ])('has room again after %s', async (_, change) => {
      const store = await limited('refuse', 1)
      const { id, secretHash } = await signIn(store, { user_id: 1, a: 1 })
      await store.update(id, { ...change, secretHash, since: performance.now() })
      await signIn(store, { user_id: 1 })
      expect(await store.count('user_id', '1')).toBe(1)
    })

    test('has room again once a session has expired', async () => {
      const store = await limited('refuse', 1)
      const { id } = await signIn(store, { user_id: 1 }, performance.now(), 100)
      await until('its time is over', async () => (await store.read(id)) === undefined)
      await signIn(store, { user_id: 1 })
    })

    test('lets sessions that have a slot set the value again, and all else', async () => {
      const store = await limited('refuse', 1)
      const { id, secretHash } = await signIn(store, { user_id: 1 })
      for (const values of [{ user_id: 1 }, { a: 1 }, { org_id: 2 }]) {
        const update = set(values, { secretHash, since: performance.now() })
        expect(await store.update(id, update)).toMatchObject({ renewed: false })
      }
    })

    test('counts neither refused sign-ins nor those of sessions that had ended', async () => {
      const store = await limited('refuse', 1)
      const since = performance.now()
      const gone = createToken(24)
      const lost = await login(store, { a: 1 })
      expect(await store.update(gone.id, set({ user_id: 1 }, { ...gone, since }))).toMatchObject({
        refusal: 'gone',
      })
      const wrong = set({ user_id: 1 }, { secretHash: gone.secretHash, since })
      expect(await store.update(lost.id, wrong)).toMatchObject({ refusal: 'gone' })
      const { id } = await signIn(store, { user_id: 1 })
      expect(await foundIds(store, 'user_id', '1')).toEqual([id])
    })

    test('does not apply to the operator', async () => {
      const store = await limited('refuse', 1)
      await signIn(store, { user_id: 1 })
      await store.put(createId(), set({ user_id: 1 }))
      expect(await store.count('user_id', '1')).toBe(2)
    })

    test.each(['evict-oldest', 'refuse'] as const)(
      'holds for many simultaneous sign-ins: %s',
      async (onMax) => {
        const store = await limited(onMax, 3)
        const guests = await Promise.all(Array.from({ length: 6 }, () => login(store, { a: 1 })))
        const since = performance.now()
        const outcomes = await Promise.allSettled([
          ...guests.map((guest) =>
            store.update(guest.id, set({ user_id: 1 }, { ...guest, since })),
          ),
          ...Array.from({ length: 6 }, () => signIn(store, { user_id: 1 }, since)),
        ])
        const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
        for (const reason of refused) {
          // Who lost its slot before it had sat down is told so.
          expect(reason).toMatchObject(onMax === 'refuse' ? LIMIT : REVOKED)
        }
        if (onMax === 'refuse') expect(refused).toHaveLength(9)
        expect(await store.count('user_id', '1')).toBe(3)
      },
    )
  })
}

export function describeAdmission(open: Open): void {
  describeUnderWay(open)
  describeLimit(open)
}
