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
  #hashes = new Int32Array(256)
  #numbers = new Int32Array(256)

  constructor(width: number) {
    this.width = width
  }

  get size(): number {
    return this.#size
  }

  /** The number of a row; -1 if it was not added. */
  find(source: Int32Array, offset: number): number {
    return this.#buckets[this.#bucket(source, offset, this.#hash(source, offset))]!
  }

  /** Adds rows, unless they are there, and returns their numbers. */
  addAll(source: Int32Array, count: number): Int32Array {
    while (count > this.#hashes.length) {
      this.#hashes = grown(this.#hashes)
      this.#numbers = grown(this.#numbers)
    }
    const hashes = this.#hashes
    const numbers = this.#numbers
    this.#prefetch(source, count)
    for (let i = 0; i < count; i++) numbers[i] = this.#add(source, i * this.width, hashes[i]!)
    return numbers
  }

  /** Hashes rows, and reads what they are compared with. These reads do not wait for each other. */
  #prefetch(source: Int32Array, count: number): void {
    const { width, rows } = this
    const hashes = this.#hashes
    const numbers = this.#numbers
    const buckets = this.#buckets
    const last = buckets.length - 1
    for (let i = 0; i < count; i++) {
      hashes[i] = this.#hash(source, i * width)
      numbers[i] = buckets[hashes[i]! & last]!
    }
    for (let i = 0; i < count; i++) if (numbers[i]! >= 0) numbers[i] = rows[numbers[i]! * width]!
  }

  #add(source: Int32Array, offset: number, hash: number): number {
    const { width } = this
    const bucket = this.#bucket(source, offset, hash)
    const known = this.#buckets[bucket]!
    if (known >= 0) return known
    const row = this.#size++
    this.#buckets[bucket] = row
    if ((row + 1) * width > this.rows.length) this.rows = grown(this.rows)
    for (let i = 0; i < width; i++) this.rows[row * width + i] = source[offset + i]!
    if (this.#size * 2 > this.#buckets.length) this.#rehash()
    return row
  }

  #hash(source: Int32Array, offset: number): number {
    const { width } = this
    let hash = 0
    for (let i = 0; i < width; i++) {
      hash = Math.imul(hash ^ source[offset + i]!, 0x85ebca6b)
      hash ^= hash >>> 15
    }
    hash = Math.imul(hash, 0xc2b2ae35)
    return hash ^ (hash >>> 16)
  }

  /** The bucket that holds a row, or would hold it. */
  #bucket(source: Int32Array, offset: number, hash: number): number {
    const { width, rows } = this
    const buckets = this.#buckets
    const last = buckets.length - 1
    for (let bucket = hash & last; ; bucket = (bucket + 1) & last) {
      const row = buckets[bucket]!
      if (row < 0) return bucket
      let same = true
      for (let i = 0; i < width && same; i++) same = rows[row * width + i] === source[offset + i]
      if (same) return bucket
    }
  }

  #rehash(): void {
    const { width, rows } = this
    this.#buckets = new Int32Array(this.#buckets.length * 2).fill(-1)
    for (let row = 0; row < this.#size; row++) {
      this.#buckets[this.#bucket(rows, row * width, this.#hash(rows, row * width))] = row
    }
  }
}

/** A number for each pair of numbers. Arrays of arrays would be sparse, which is slow. */
export class PairMap {
  /** Three words for each entry: the pair, and its number. */
  #entries = new Int32Array(3 * 1024).fill(-1)
  #size = 0

  /** -1: none was set. */
  get(a: number, b: number): number {
    return this.#entries[this.#offset(a, b) + 2]!
  }

  /** Sets the number of a new pair. */
  set(a: number, b: number, number: number): void {
    if (++this.#size * 6 > this.#entries.length) this.#grow()
    this.#put(a, b, number)
  }

  #put(a: number, b: number, number: number): void {
    const offset = this.#offset(a, b)
    this.#entries[offset] = a
    this.#entries[offset + 1] = b
    this.#entries[offset + 2] = number
  }

  /** The entry of a pair, or the empty one where it belongs. */
  #offset(a: number, b: number): number {
    const entries = this.#entries
    const { length } = entries
    const mask = length / 3 - 1
    let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b)
    hash ^= hash >>> 15
    for (let i = hash & mask; ; i = (i + 1) & mask) {
      const offset = 3 * i
      if (entries[offset] === -1 || (entries[offset] === a && entries[offset + 1] === b)) {
        return offset
      }
    }
  }

  #grow(): void {
    const before = this.#entries
    this.#entries = new Int32Array(before.length * 2).fill(-1)
    for (let i = 0; i < before.length; i += 3) {
      if (before[i] !== -1) this.#put(before[i]!, before[i + 1]!, before[i + 2]!)
    }
  }
}

export function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2)
  larger.set(array)
  return larger
}
