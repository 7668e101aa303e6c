import type { Config } from '../options/config.js'

const configs = new WeakMap<object, Config>()

/**
 * Keeps what stands behind a `Session` for add-ons that work by the contract of the store. It is no property of
 * `Session`: applications would find it there, and rely on it. `Session.store` is the key, as a wrapper such as the
 * `node` add-on's is another object with the same `store`.
 */
export function keepConfig(Session: { readonly store: object }, config: Config): void {
  configs.set(Session.store, config)
}

/** `undefined` for what is no `Session`. */
export function configOf(Session: unknown): Config | undefined {
  const { store } = (Session ?? {}) as { readonly store?: object }
  return store === undefined ? undefined : configs.get(store)
}
