/** Things that are numbered in the order in which they are met. */
export class Numbered<T> {
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

/** Numbers for rows that are added one by one, 0 at first. */
export class Column {
  #numbers = new Int32Array(1024)

  get(row: number): number {
    return this.#numbers[row] ?? 0
  }

  set(row: number, number: number): void {
    while (row >= this.#numbers.length) this.#numbers = grown(this.#numbers)
    this.#numbers[row] = number
  }

  /** Adds to a number, and returns the sum. */
  add(row: number, by: number): number {
    const sum = this.get(row) + by
    this.set(row, sum)
    return sum
  }
}

/**
 * Rows of a few 32-bit words, each kept once, numbered in the order in which they came, and found
 * again through a hash table. There are millions: objects in a `Map` would take ten times the memory.
 */
export class Table {
  readonly width: number
  rows = new Int32Array(4096)
  #size = 0
  #slots = new Int32Array(2048).fill(-1)

  constructor(width: number) {
    this.width = width
  }

  get size(): number {
    return this.#size
  }

  /** The number of a row that was added; -1 for any other. */
  find(source: Int32Array, offset: number): number {
    return this.#slots[this.#slot(source, offset)]!
  }

  /** Adds a row, unless it is there, and returns its number. */
  add(source: Int32Array, offset: number): number {
    const { width } = this
    const slot = this.#slot(source, offset)
    const known = this.#slots[slot]!
    if (known >= 0) return known
    const row = this.#size++
    this.#slots[slot] = row
    if ((row + 1) * width > this.rows.length) this.rows = grown(this.rows)
    for (let i = 0; i < width; i++) this.rows[row * width + i] = source[offset + i]!
    if (this.#size * 2 > this.#slots.length) this.#rehash()
    return row
  }

  /** The slot of the hash table where a row is, or would be. */
  #slot(source: Int32Array, offset: number): number {
    const { width, rows } = this
    const slots = this.#slots
    const last = slots.length - 1
    let hash = 0
    for (let i = 0; i < width; i++) {
      hash = Math.imul(hash ^ source[offset + i]!, 0x85ebca6b)
      hash ^= hash >>> 15
    }
    hash = Math.imul(hash, 0xc2b2ae35)
    for (let slot = (hash ^ (hash >>> 16)) & last; ; slot = (slot + 1) & last) {
      const row = slots[slot]!
      if (row < 0) return slot
      let same = true
      for (let i = 0; i < width && same; i++) same = rows[row * width + i] === source[offset + i]
      if (same) return slot
    }
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1)
    for (let row = 0; row < this.#size; row++) {
      this.#slots[this.#slot(this.rows, row * this.width)] = row
    }
  }
}

/** The same numbers, and room for as many more. */
export function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2)
  larger.set(array)
  return larger
}
