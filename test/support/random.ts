import { randomInt } from 'node:crypto'

/** Chances that a seed decides. */
export interface Random {
  /** A whole number from 0 up to, but not including, `below`. */
  below(below: number): number
  /** One of them, each as likely as its weight. */
  pick<T>(items: readonly T[], weight?: (item: T) => number): T
}

/** "mulberry32": 32 bits of state, and good enough to shuffle. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    below: (below) => Math.floor(next() * below),
    pick(items, weight = () => 1) {
      let left = next() * items.reduce((sum, item) => sum + weight(item), 0)
      for (const item of items) {
        left -= weight(item)
        if (left < 0) return item
      }
      return items.at(-1)!
    },
  }
}

/** The seed of a run: `RACES_SEED` runs one again. */
export function runSeed(): number {
  const { RACES_SEED } = process.env
  return RACES_SEED ? Number(RACES_SEED) : randomInt(2 ** 31)
}
