import { beforeAll, describe, expect, test } from 'vitest'
import { boundAt, checkProofs, createBinding, NO_PROOF, signTime } from '../../src/store/binding.js'
import type { Changes, Store } from '../../src/store/store.js'
import { createId, createToken, type Token } from '../../src/store/token.js'
import { freshPrefix, type Open, POLICY } from '../support/store.js'

export function describeBinding(open: Open): void {
  let store: Store
  beforeAll(async () => {
    store = await open({ ...POLICY, binds: true }, freshPrefix())
  })

  const user = (id: number): ReadonlyMap<string, string> => new Map([['user_id', String(id)]])

  /** A session that somebody has signed in to. */
  async function signIn(changes: Changes = {}): Promise<Token & { binding: string }> {
    const token = createToken(24)
    const binding = createBinding()
    const given = { set: user(7), signsIn: true, binding, since: performance.now(), ...changes }
    await store.create(token.id, token.secretHash, given)
    return { ...token, binding }
  }

  /** One that is bound, and no request is under way any more. */
  async function bound(): Promise<Token & { binding: string }> {
    const session = await signIn()
    expect(await store.bind(session.id, session.secretHash, 'key')).toBe('bound')
    const pending = (await store.readBinding(session.id))!
    await store.confirmBinding(session.id, pending.binding)
    const { binding } = (await store.readBinding(session.id))!
    return { ...session, binding }
  }

  describe('binding', () => {
    test('a sign-in has one, and anything else has none', async () => {
      const { id, secretHash, binding } = await signIn()
      expect(await store.readBinding(id)).toEqual({ secretHash, binding, publicKey: undefined })
      for (const stored of [
        await store.read(id),
        await store.read(id, ['user_id']),
        await store.inspect(id, []),
      ]) {
        expect(stored?.binding).toBe(binding)
      }
      const visitor = createToken(24)
      await store.create(visitor.id, visitor.secretHash, { set: new Map([['a', 'x']]) })
      expect(await store.readBinding(visitor.id)).toBeUndefined()
      expect(await store.bind(visitor.id, visitor.secretHash, 'key')).toBe('refused')
      expect(await store.readBinding(createId())).toBeUndefined()
      expect(await store.readBinding('x')).toBeUndefined()
    })

    test('takes the first key, again and again, and no other', async () => {
      const { id, secretHash, binding } = await signIn()
      const before = (await store.now(id)).earliest
      expect(await store.bind(id, secretHash, 'key')).toBe('bound')
      expect(await store.bind(id, secretHash, 'key')).toBe('bound')
      expect(await store.bind(id, secretHash, 'other')).toBe('refused')
      const stored = (await store.readBinding(id))!
      expect(stored.publicKey).toBe('key')
      expect([stored.binding, boundAt(stored.binding)]).toEqual([`${binding}?`, undefined])
      await store.confirmBinding(id, createBinding())
      expect((await store.readBinding(id))?.binding).toBe(`${binding}?`)
      await store.confirmBinding(id, stored.binding)
      const confirmed = (await store.readBinding(id))!
      expect(confirmed.binding).toMatch(new RegExp(`^${binding}:\\d+$`))
      expect(Math.abs(boundAt(confirmed.binding)! - before)).toBeLessThan(10_000)
      await store.confirmBinding(id, stored.binding)
      expect(await store.readBinding(id)).toEqual(confirmed)
      expect((await store.inspect(id))?.values).toEqual({ user_id: '7' })
    })

    test('takes none with another secret, nor of a session that is gone', async () => {
      const { id, secretHash } = await signIn()
      const next = createToken(24, id)
      expect(await store.bind(id, next.secretHash, 'key')).toBe('refused')
      const renewal = { secretHash: next.secretHash, when: 'always' } as const
      await store.update(id, { secretHash, renewal })
      expect(await store.bind(id, secretHash, 'key')).toBe('refused')
      expect(await store.bind(id, next.secretHash, 'key')).toBe('bound')
      await store.delete(id)
      expect(await store.bind(id, next.secretHash, 'key')).toBe('refused')
      expect(await store.bind('x', next.secretHash, 'key')).toBe('refused')
      expect(await store.readBinding(id)).toBeUndefined()
    })

    test.each<[string, Partial<Changes>]>([
      ['a field', { set: new Map([['a', 'x']]) }],
      ['a reference', { set: user(8), since: performance.now() }],
      ['a counter', { increment: { name: 'n', by: '1' } }],
      ['nothing but the time', {}],
    ])(
      'right after it has a key, writes that were under way need no proof: %s',
      async (_what, changes) => {
        const { id, secretHash, binding } = await bound()
        // As if it had been bound an hour ago: what is under way needs none for five seconds.
        const { latest: now } = await store.now(id)
        const proof = checkProofs(binding, [signTime(binding, 'proof', Math.floor(now) + 60_000)])
        expect(proof.until).toBeGreaterThan(now + 50_000)
        const write = (given: typeof proof | undefined) =>
          store.update(id, { ...changes, secretHash, proof: given })
        expect(await write(proof)).toMatchObject({ renewed: false })
        expect(await write(undefined)).toMatchObject({ renewed: false })
        expect(await write(NO_PROOF)).toMatchObject({ renewed: false })
      },
    )

    test('a change of a reference keeps the device, a sign-in does not', async () => {
      const { id, secretHash, binding } = await bound()
      const proof = checkProofs(binding, [])
      const again = async (from: string, change: Changes): Promise<[unknown, string]> => {
        const { secretHash: next } = createToken(24, id)
        const updated = await store.update(id, {
          ...change,
          binding: createBinding(),
          since: performance.now(),
          secretHash: from,
          proof,
          renewal: { secretHash: next, when: 'always' },
        })
        return ['refusal' in updated ? updated.refusal : updated.canBind, next]
      }
      const [kept, second] = await again(secretHash, { set: new Map([['org_id', '2']]) })
      expect(kept).toBe(false)
      expect(await store.readBinding(id)).toMatchObject({ binding, publicKey: 'key' })
      const [fresh, third] = await again(second, { set: user(7), signsIn: true })
      expect(fresh).toBe(true)
      const stored = await store.readBinding(id)
      expect(stored).toMatchObject({ secretHash: third, publicKey: undefined })
      expect(boundAt(stored?.binding)).toBeUndefined()
      expect(await store.bind(id, third, 'other')).toBe('bound')
      expect((await store.inspect(id))?.values).toEqual({ user_id: '7' })
    })

    test('goes where somebody else signs in without one', async () => {
      const { id, secretHash } = await bound()
      const { secretHash: next } = createToken(24, id)
      const renewal = { secretHash: next, when: 'always' } as const
      const since = performance.now()
      await store.update(id, { set: user(8), signsIn: true, since, secretHash, renewal })
      expect(await store.readBinding(id)).toBeUndefined()
      expect((await store.inspect(id))?.values).toEqual({ user_id: '8' })
    })

    test('does not count as a field', async () => {
      const { id, secretHash } = await bound()
      const updated = await store.update(id, { unset: ['user_id'], secretHash })
      expect(updated).toMatchObject({ expiresIn: POLICY.emptyMaxAge })
      const details = await store.inspect(id)
      expect(details?.idleFor).toBeLessThan(10_000)
    })
  })
}
