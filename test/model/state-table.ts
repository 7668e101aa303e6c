/** Numbers items in the order in which they come. Items with equal keys are one. */
export class Numbering<T> {
  readonly #items: T[] = []
  readonly #numbers = new Map<string, number>()
  readonly #key: (item: T) => string

  constructor(key: (item: T) => string) {
    this.#key = key
  }

  get size(): number {
    return this.#items.length
  }

  number(item: T): number {
    const key = this.#key(item)
    let number = this.#numbers.get(key)
    if (number === undefined) {
      number = this.#items.push(item) - 1
      this.#numbers.set(key, number)
    }
    return number
  }

  item(number: number): T {
    return this.#items[number]!
  }
}

/** A number for each row, 0 at first. */
export class Column {
  #numbers = new Int32Array(1024)

  get(row: number): number {
    return this.#numbers[row] ?? 0
  }

  set(row: number, number: number): void {
    while (row >= this.#numbers.length) this.#numbers = grown(this.#numbers)
    this.#numbers[row] = number
  }

  add(row: number, by: number): number {
    const sum = this.get(row) + by
    this.set(row, sum)
    return sum
  }
}

/**
 * Rows of a few 32-bit words, each kept once, numbered in the order in which they came, and found through a
 * hash table. There are millions of them: objects in a `Map` would take ten times the memory.
 */
export class StateTable {
  readonly width: number
  rows = new Int32Array(4096)
  #size = 0
  #buckets = new Int32Array(2048).fill(-1)

  constructor(width: number) {
    this.width = width
  }

  get size(): number {
    return this.#size
  }

  /** The number of a row; -1 if it was not added. */
  find(source: Int32Array, offset: number): number {
    return this.#buckets[this.#bucket(source, offset)]!
  }

  add(source: Int32Array, offset: number): number {
    const { width } = this
    const bucket = this.#bucket(source, offset)
    const known = this.#buckets[bucket]!
    if (known >= 0) return known
    const row = this.#size++
    this.#buckets[bucket] = row
    if ((row + 1) * width > this.rows.length) this.rows = grown(this.rows)
    for (let i = 0; i < width; i++) this.rows[row * width + i] = source[offset + i]!
    if (this.#size * 2 > this.#buckets.length) this.#rehash()
    return row
  }

  /** The bucket that holds a row, or would hold it. */
  #bucket(source: Int32Array, offset: number): number {
    const { width, rows } = this
    const buckets = this.#buckets
    const last = buckets.length - 1
    let hash = 0
    for (let i = 0; i < width; i++) {
      hash = Math.imul(hash ^ source[offset + i]!, 0x85ebca6b)
      hash ^= hash >>> 15
    }
    hash = Math.imul(hash, 0xc2b2ae35)
    for (let bucket = (hash ^ (hash >>> 16)) & last; ; bucket = (bucket + 1) & last) {
      const row = buckets[bucket]!
      if (row < 0) return bucket
      let same = true
      for (let i = 0; i < width && same; i++) same = rows[row * width + i] === source[offset + i]
      if (same) return bucket
    }
  }

  #rehash(): void {
    this.#buckets = new Int32Array(this.#buckets.length * 2).fill(-1)
    for (let row = 0; row < this.#size; row++) {
      this.#buckets[this.#bucket(this.rows, row * this.width)] = row
    }
  }
}

export function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2)
  larger.set(array)
  return larger
}
