import type { Context } from 'koa'
import type { Config } from '../options/config.js'
import {
  bindingKey,
  boundAt,
  checkProofs,
  isPending,
  isUnproven,
  NO_PROOF,
  type Proof,
  UNDER_WAY_FOR,
} from '../store/binding.js'
import type { Moment, Watcher } from '../store/store.js'
import { readProofs } from './proof-cookie.js'

/** What a request proves of the device that its session is bound to. */
export class DeviceProof {
  readonly #config: Config
  readonly #proofs: readonly string[]
  #checked: Proof | undefined
  #isBound = false
  #lastsUntil = Infinity

  constructor(ctx: Context, config: Config) {
    this.#config = config
    this.#proofs = readProofs(ctx, config)
  }

  /** Whether the session is bound, and the request has proved the device. Known once it was checked. */
  get isBound(): boolean {
    return this.#isBound
  }

  /** Checks the proof against a session's binding as it was just read. Most checks need no promise. */
  opens(id: string, binding: string | undefined): boolean | Promise<boolean> {
    this.forget()
    const checked = checkProofs(binding, this.#proofs)
    this.#checked = checked
    if (binding === undefined) return true
    if (boundAt(binding) === undefined && !isPending(binding)) return true
    const now = this.#config.store.now(id)
    return now instanceof Promise
      ? now.then((moment) => this.#opensAt(moment, id, binding, checked))
      : this.#opensAt(now, id, binding, checked)
  }

  #opensAt(
    { latest }: Moment,
    id: string,
    binding: string,
    checked: Proof,
  ): boolean | Promise<boolean> {
    const since = boundAt(binding)
    this.#isBound = latest < checked.until
    if (since !== undefined) {
      this.#lastsUntil = Math.max(checked.until, since + UNDER_WAY_FOR)
      return !isUnproven(binding, checked, latest)
    }
    if (!this.#isBound) return true
    this.#lastsUntil = checked.until
    return this.#confirm(id, binding)
  }

  async #confirm(id: string, binding: string): Promise<boolean> {
    await this.#config.store.confirmBinding(id, binding)
    return true
  }

  /** What a write needs. A request that carries a proof, and has not read its session, reads the binding first. */
  async forWrite(id: string): Promise<Proof> {
    if (this.#checked === undefined && this.#proofs.length > 0) {
      const stored = await this.#config.store.read(id, [])
      if (stored !== undefined) await this.opens(id, stored.binding)
    }
    return this.#checked ?? NO_PROOF
  }

  /** What a stream needs that is opened now: it does not gain by what the request proves later. */
  forWatch(): { readonly proves: Watcher['proves']; readonly lastsUntil: number } {
    const lastsUntil = this.#lastsUntil
    const key = lastsUntil === Infinity ? undefined : bindingKey(this.#checked?.binding ?? '')
    return {
      proves: (binding = '') => boundAt(binding) === undefined || bindingKey(binding) === key,
      lastsUntil,
    }
  }

  /** Another session, or another sign-in, is not bound yet. */
  forget(): void {
    this.#checked = undefined
    this.#isBound = false
    this.#lastsUntil = Infinity
  }
}
