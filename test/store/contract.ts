/** The contract of src/store/store.ts, as every store has to keep it. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { FieldValues } from '../../src/index.js'
import { encodeValues } from '../../src/fields.js'
import type { Store, StorePolicy, Update } from '../../src/store/store.js'
import { createId, createToken } from '../../src/token.js'
import { until } from '../servers/until.js'

const HOUR = 3_600_000

export const POLICY: StorePolicy = {
  maxAge: HOUR,
  emptyMaxAge: HOUR / 2,
  absoluteMaxAge: undefined,
  references: new Map([
    ['user_id', { rotate: true }],
    ['org_id', { rotate: true }],
    ['ip', { rotate: false }],
  ]),
}

/** Opens a store; the same prefix gives the same sessions. */
export type Open = (policy: StorePolicy, prefix: string) => Store | Promise<Store>

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

export async function foundIds(store: Store, field: string, value: string): Promise<string[]> {
  return (await collect(store.find(field, value))).map(({ id }) => id).toSorted()
}

/** A new session with these values, and what its owner holds. */
export async function login(store: Store, values: FieldValues = {}, maxAge?: number) {
  const { id, secretHash } = createToken(24)
  const lifetime = await store.create(id, secretHash, { ...encodeValues(values), maxAge })
  return { id, secretHash, lifetime }
}

export function set(values: FieldValues, rest: Omit<Update, 'set' | 'unset'> = {}): Update {
  return { ...encodeValues(values), ...rest }
}

const renewal = (when: 'changed' | 'always') => ({
  secretHash: createToken(24).secretHash,
  when,
})

export function describeContract(name: string, open: Open): void {
  const freshPrefix = (): string => `contract-${createId()}`

  describe(name, () => {
    let store: Store
    beforeAll(async () => {
      store = await open(POLICY, freshPrefix())
    })

    describe('create and read', () => {
      test('reads what was created', async () => {
        const { id, secretHash, lifetime } = await login(store, { user_id: 7, name: 'x' })
        expect(await store.read(id)).toEqual({ values: { user_id: '7', name: 'x' }, secretHash })
        expect(lifetime).toEqual({ expiresIn: HOUR, ownMaxAge: false })
      })

      test('reads some fields only, and not those that are not there', async () => {
        const { id, secretHash } = await login(store, { a: 1, b: 2 })
        const read = await store.read(id, ['b', 'c', 'constructor'])
        expect(read).toEqual({ values: { b: '2' }, secretHash })
        expect(await store.read(id, [])).toEqual({ values: {}, secretHash })
      })

      test('reads undefined for an id that is unknown or malformed', async () => {
        for (const id of [
          createId(),
          '',
          'x',
          `${createId()}}`,
          '*',
          '../..',
          'a'.repeat(10_000),
        ]) {
          expect(await store.read(id)).toBeUndefined()
          expect(await store.inspect(id)).toBeUndefined()
        }
      })

      test('never overwrites: an id in use is refused and its session stays', async () => {
        const { id, secretHash } = await login(store, { a: 1 })
        const again = store.create(id, createToken(24).secretHash, set({ a: 2, user_id: 99 }))
        await expect(again).rejects.toMatchObject({ code: 'ERR_SESSION_STORE' })
        expect(await store.read(id)).toEqual({ values: { a: '1' }, secretHash })
        expect(await foundIds(store, 'user_id', '99')).toEqual([])
      })

      test.each([
        ['an empty text', ''],
        ['NUL', 'a\0b'],
        ['CRLF', 'a\r\n$3\r\nb'],
        ['emoji', '🦊 ёж 漢字'],
        ['100 kB', 'x'.repeat(100_000)],
        ['a number of 100 digits', '9'.repeat(100)],
      ])('keeps %s exactly', async (_, text) => {
        const { id } = await login(store, { text })
        expect((await store.read(id))?.values).toEqual({ text })
        await store.update(id, set({ [text.slice(0, 1000) || 'name']: text }))
        expect((await store.read(id))?.values[text.slice(0, 1000) || 'name']).toBe(text)
      })

      test('keeps field names that objects have of their own', async () => {
        const values = { constructor: 'a', toString: 'b', hasOwnProperty: 'c' }
        const { id } = await login(store, values)
        expect((await store.read(id))?.values).toEqual(values)
      })

      test('keeps thousands of fields', async () => {
        const values = Object.fromEntries(Array.from({ length: 9000 }, (_, i) => [`f${i}`, i]))
        const { id } = await login(store, { ...values, user_id: 'many' })
        await store.update(id, set({ ...values, more: 1 }))
        expect(Object.keys((await store.read(id))?.values ?? {})).toHaveLength(9002)
        await store.update(id, { unset: Object.keys(values) })
        expect((await store.read(id))?.values).toEqual({ user_id: 'many', more: '1' })
      })
    })

    describe('find, by any value', () => {
      test.each([
        '}',
        '}}',
        '%7D',
        '%',
        '{x}',
        '{',
        '*',
        '',
        'session:{id}',
        'a:b',
        '🦊',
        'a\0b',
        ' ',
      ])('finds the value %j and nothing else', async (value) => {
        const own = await open(POLICY, freshPrefix())
        const { id } = await login(own, { user_id: value })
        await login(own, { user_id: `${value}x` })
        await login(own, { org_id: value })
        expect(await foundIds(own, 'user_id', value)).toEqual([id])
        expect(await own.count('user_id', value)).toBe(1)
        expect(await own.deleteAll('user_id', value)).toBe(1)
        expect(await foundIds(own, 'user_id', value)).toEqual([])
        expect(await own.count('org_id', value)).toBe(1)
      })

      test('yields id, values and times', async () => {
        const before = Date.now()
        const { id, secretHash } = await login(store, { user_id: 'times', a: 'b' })
        const [session] = await collect(store.find('user_id', 'times'))
        expect(session).toMatchObject({ id, secretHash, values: { user_id: 'times', a: 'b' } })
        expect(session!.createdAt).toBeGreaterThanOrEqual(before - 1000)
        expect(session!.expiresAt - session!.createdAt).toBeGreaterThan(HOUR - 5000)
        expect(session!.expiresAt - session!.createdAt).toBeLessThan(HOUR + 5000)
      })

      test('can be left early', async () => {
        await login(store, { user_id: 'early' })
        await login(store, { user_id: 'early' })
        for await (const session of store.find('user_id', 'early')) {
          expect(session.values).toEqual({ user_id: 'early' })
          break
        }
      })

      test('finds all of many, once each, and ends them all', async () => {
        const logins = await Promise.all(
          Array.from({ length: 1200 }, () => login(store, { user_id: 'crowd', org_id: 'crowd' })),
        )
        const ids = logins.map(({ id }) => id).toSorted()
        expect(await foundIds(store, 'user_id', 'crowd')).toEqual(ids)
        expect(await store.count('org_id', 'crowd')).toBe(1200)
        expect(await store.deleteAll('user_id', 'crowd')).toBe(1200)
        expect(await store.count('org_id', 'crowd')).toBe(0)
      })
    })

    describe('update', () => {
      test('changes some fields and leaves the others', async () => {
        const { id, secretHash } = await login(store, { a: 1, b: 2, c: 3 })
        const updated = await store.update(id, set({ b: 'x', c: null, d: 4 }, { secretHash }))
        expect(updated).toMatchObject({ renewed: false, ownMaxAge: false, expiresIn: HOUR })
        expect((await store.read(id))?.values).toEqual({ a: '1', b: 'x', d: '4' })
      })

      test('never creates a session', async () => {
        const id = createId()
        expect(await store.update(id, set({ user_id: 'ghost' }))).toBe('gone')
        expect(await store.update('rubbish', set({ user_id: 'ghost' }))).toBe('gone')
        expect(await store.read(id)).toBeUndefined()
        expect(await foundIds(store, 'user_id', 'ghost')).toEqual([])
      })

      test('refuses a wrong secret, and changes nothing', async () => {
        const { id } = await login(store, { user_id: 'right' })
        const wrong = set({ user_id: 'wrong' }, { secretHash: createToken(24).secretHash })
        expect(await store.update(id, wrong)).toBe('gone')
        expect((await store.read(id))?.values).toEqual({ user_id: 'right' })
        expect(await foundIds(store, 'user_id', 'wrong')).toEqual([])
      })

      test('loses no update of two at once', async () => {
        const { id, secretHash } = await login(store)
        const names = Array.from({ length: 100 }, (_, i) => `f${i}`)
        await Promise.all(names.map((name) => store.update(id, set({ [name]: 1 }, { secretHash }))))
        expect(Object.keys((await store.read(id))?.values ?? {}).toSorted()).toEqual(
          names.toSorted(),
        )
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

      test('ends nothing of a session that has moved to another value', async () => {
        const { id } = await login(store, { user_id: 'from' })
        await store.update(id, set({ user_id: 'to' }))
        expect(await store.deleteAll('user_id', 'from')).toBe(0)
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
        expect(await update({ user_id: 3 })).toBe('superseded')
        expect((await store.read(id))?.values['user_id']).toBe('2')
      })

      test('happens when a reference is removed or set at first', async () => {
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
        })
        expect(await foundIds(store, 'user_id', 'kept')).toEqual([id])
      })

      test('recognises each secret of a chain, but not a wrong one', async () => {
        const { id, secretHash } = await login(store)
        const chain = [secretHash]
        for (let i = 0; i < 4; i++) {
          const next = renewal('always')
          await store.update(id, { secretHash: chain.at(-1)!, renewal: next })
          chain.push(next.secretHash)
        }
        const current = chain.pop()!
        for (const old of chain) {
          expect(await store.isSuperseded(id, old)).toBe(true)
          expect(await store.update(id, set({ a: 1 }, { secretHash: old }))).toBe('superseded')
          expect(await store.delete(id, old)).toBe('superseded')
        }
        expect(await store.isSuperseded(id, current)).toBe(false)
        expect(await store.isSuperseded(id, createToken(24).secretHash)).toBe(false)
        expect((await store.read(id))?.values).toEqual({})
      })

      test('lets one of two at once through', async () => {
        const { id, secretHash } = await login(store)
        const outcomes = await Promise.all(
          [1, 2].map((user_id) =>
            store.update(id, set({ user_id }, { secretHash, renewal: renewal('changed') })),
          ),
        )
        expect(outcomes.filter((outcome) => outcome === 'superseded')).toHaveLength(1)
      })
    })

    describe('increment', () => {
      test('counts from 0, by any whole number, and loses none', async () => {
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
          await expect(
            store.update(id, { increment: { name: 'n', by: '1' } }),
          ).rejects.toMatchObject({ code: 'ERR_SESSION_FIELD' })
          expect((await store.read(id))?.values).toEqual({ n: text })
        },
      )
    })

    describe('lifetime', () => {
      const ttl = async (id: string): Promise<number> => {
        const { expiresAt, createdAt } = (await store.inspect(id))!
        return Math.round((expiresAt - createdAt) / 60_000)
      }

      test('is shorter without fields, and grows with the first', async () => {
        const { id, lifetime } = await login(store)
        expect(lifetime.expiresIn).toBe(HOUR / 2)
        expect(await ttl(id)).toBe(30)
        await store.update(id, set({ a: 1 }))
        expect(await ttl(id)).toBe(60)
        await store.update(id, { unset: ['a'] })
        expect(await ttl(id)).toBe(30)
        await store.update(id, { increment: { name: 'n', by: '1' } })
        expect(await ttl(id)).toBe(60)
      })

      test('of its own stays until another one is given', async () => {
        const { id, lifetime } = await login(store, { a: 1 }, 3 * HOUR)
        expect(lifetime).toEqual({ expiresIn: 3 * HOUR, ownMaxAge: true })
        const updated = await store.update(id, set({ b: 1 }))
        expect(updated).toMatchObject({ ownMaxAge: true, expiresIn: 3 * HOUR })
        await store.update(id, { maxAge: 2 * HOUR })
        await store.update(id, {})
        expect(await ttl(id)).toBe(120)
      })

      test('ends at the absolute time, whatever is touched', async () => {
        const strict = await open({ ...POLICY, absoluteMaxAge: HOUR + 60_000 }, freshPrefix())
        const { id, lifetime } = await login(strict, { user_id: 1 }, 5 * HOUR)
        expect(lifetime.expiresIn).toBe(HOUR + 60_000)
        const updated = await strict.update(id, { maxAge: 9 * HOUR })
        expect(updated).toMatchObject({ ownMaxAge: true })
        const { createdAt, expiresAt } = (await strict.inspect(id))!
        expect(expiresAt - createdAt).toBeLessThanOrEqual(HOUR + 60_000 + 5)
      })

      test('over: gone for reading, writing, finding', async () => {
        const { id, secretHash } = await login(store, { user_id: 'brief' }, 30)
        await until('the session is over', async () => (await store.read(id)) === undefined)
        expect(await store.update(id, set({ a: 1 }, { secretHash }))).toBe('gone')
        expect(await foundIds(store, 'user_id', 'brief')).toEqual([])
        expect(await store.count('user_id', 'brief')).toBe(0)
        expect(await store.deleteAll('user_id', 'brief')).toBe(0)
        expect(await store.delete(id)).toBe('gone')
      })

      test('past an absolute time that was shortened: gone', async () => {
        const prefix = freshPrefix()
        const before = await open(POLICY, prefix)
        const { id } = await login(before, { user_id: 1 })
        const shortened = await open({ ...POLICY, absoluteMaxAge: 1 }, prefix)
        await until('its absolute time is over', async () => {
          return (await shortened.update(id, set({ a: 1 }))) === 'gone'
        })
        expect(await shortened.read(id)).toBeUndefined()
      })

      test('outlives what its sets were told at first', async () => {
        const { id } = await login(store, { user_id: 'patient', ip: 'here' }, 200)
        await store.update(id, { maxAge: HOUR })
        await store.update(id, set({ ip: 'there' }, { maxAge: 100 }))
        await store.update(id, { maxAge: 2 * HOUR })
        expect(await foundIds(store, 'user_id', 'patient')).toEqual([id])
        expect(await foundIds(store, 'ip', 'there')).toEqual([id])
        expect((await store.inspect(id))!.idleFor).toBeLessThan(5000)
      })
    })

    describe('put, the operator’s write', () => {
      test('makes a session that no secret opens', async () => {
        const id = createId()
        await store.put(id, set({ user_id: 'made' }))
        expect(await store.read(id)).toEqual({ values: { user_id: 'made' }, secretHash: undefined })
        expect(await foundIds(store, 'user_id', 'made')).toEqual([id])
        const { secretHash } = createToken(24)
        expect(await store.update(id, set({ a: 1 }, { secretHash }))).toBe('gone')
        expect(await store.delete(id, secretHash)).toBe('gone')
      })

      test('changes a session, and leaves its secret', async () => {
        const { id, secretHash } = await login(store, { user_id: 1 })
        await store.put(id, set({ user_id: 'put', user: null }))
        expect(await store.read(id)).toEqual({ values: { user_id: 'put' }, secretHash })
      })

      test('refuses a malformed id', async () => {
        await expect(store.put('x}:{', set({ a: 1 }))).rejects.toMatchObject({
          code: 'ERR_SESSION_FIELD',
        })
      })
    })

    describe('ending', () => {
      test('is final for one session', async () => {
        const { id, secretHash } = await login(store, { user_id: 'end', org_id: 'end' })
        expect(await store.delete(id, createToken(24).secretHash)).toBe('gone')
        expect(await store.delete(id, secretHash)).toBe('ended')
        expect(await store.delete(id, secretHash)).toBe('gone')
        expect(await store.delete('rubbish')).toBe('gone')
        expect(await store.read(id)).toBeUndefined()
        for (const update of [
          set({ user_id: 'end' }, { secretHash }),
          { secretHash },
          { secretHash, renewal: renewal('always') },
          { increment: { name: 'n', by: '1' } },
          { unset: ['user_id'] },
        ]) {
          expect(await store.update(id, update)).toBe('gone')
        }
        expect(await foundIds(store, 'user_id', 'end')).toEqual([])
        expect(await foundIds(store, 'org_id', 'end')).toEqual([])
      })

      test('of all spares the exception', async () => {
        const [mine, , ...others] = await Promise.all(
          [1, 2, 3, 4].map(() => login(store, { user_id: 'all' })),
        )
        expect(others).toHaveLength(2)
        expect(await store.deleteAll('user_id', 'all', mine!.id)).toBe(3)
        expect(await foundIds(store, 'user_id', 'all')).toEqual([mine!.id])
        expect(await store.deleteAll('user_id', 'all')).toBe(1)
        expect(await store.deleteAll('user_id', 'all')).toBe(0)
      })

      test('of all is not undone by writes under way', async () => {
        const logins = await Promise.all(
          Array.from({ length: 20 }, () => login(store, { user_id: 'busy', org_id: 'o' })),
        )
        const writes = logins.flatMap(({ id, secretHash }) => [
          store.update(id, set({ a: 1 }, { secretHash })),
          store.update(id, set({ user_id: 'busy' }, { secretHash })),
          store.update(id, { secretHash, renewal: renewal('always') }),
          store.update(id, { maxAge: 5 * HOUR }),
        ])
        const [ended] = await Promise.all([store.deleteAll('user_id', 'busy'), ...writes])
        expect(ended).toBe(20)
        for (const { id, secretHash } of logins) {
          expect(await store.read(id)).toBeUndefined()
          expect(await store.update(id, { secretHash })).toBe('gone')
        }
        expect(await foundIds(store, 'org_id', 'o')).toEqual([])
      })

      test('of all leaves no login of the same time unfound', async () => {
        const [, ...logins] = await Promise.all([
          store.deleteAll('user_id', 'rush'),
          ...Array.from({ length: 20 }, () => login(store, { user_id: 'rush' })),
        ])
        const alive: string[] = []
        for (const { id } of logins) if ((await store.read(id)) !== undefined) alive.push(id)
        expect(await foundIds(store, 'user_id', 'rush')).toEqual(alive.toSorted())
      })
    })

    test('names its keys', () => {
      const id = createId()
      expect(store.getSessionKey(id)).toMatch(new RegExp(`^contract-.{20}:\\{${id}\\}$`))
      expect(store.getReferenceKey('user_id', '7')).toMatch(/^contract-.{20}:user_id:\{7\}$/)
    })
  })
}
