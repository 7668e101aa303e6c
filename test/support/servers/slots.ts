import { Redis } from 'ioredis'
import type { RedisCluster } from './cluster.js'
import { until } from '../until.js'

/** The slots of a cluster, which move from one primary to another. */
export class Slots {
  /** Connections to the servers, in their order. */
  readonly nodes: readonly Redis[]

  constructor({ servers }: RedisCluster) {
    this.nodes = servers.map(({ port }) => new Redis(port, { readOnly: true }))
    // One of them may be gone.
    for (const node of this.nodes) node.on('error', () => {})
  }

  close(): void {
    for (const node of this.nodes) node.disconnect()
  }

  of(key: string): Promise<number> {
    return this.nodes[0]!.cluster('KEYSLOT', key)
  }

  /** The number of the server that has a slot as its primary. */
  async owner(slot: number, asked = this.nodes[0]!): Promise<number> {
    const ranges = await asked.cluster('SLOTS')
    const [, , node] = ranges.find(([first, last]) => first <= slot && slot <= last)!
    return this.nodes.findIndex(({ options }) => options.port === node?.[1])
  }

  async #agree(slot: number, owner: number): Promise<boolean> {
    const owners = await Promise.all(this.nodes.map((node) => this.owner(slot, node)))
    return owners.every((each) => each === owner)
  }

  /** Some number that makes the key with it one of this primary's. */
  async numberOn(primary: number, key: (n: number) => string, from = 0): Promise<number> {
    for (let n = from; ; n++) {
      if ((await this.owner(await this.of(key(n)))) === primary) return n
    }
  }

  /**
   * Moves a slot with all that is in it, key by key; `onKey` is called after each, and waited for.
   *
   * @returns how many keys it moved
   */
  async move(slot: number, to: number, onKey?: () => unknown): Promise<number> {
    const [source, target] = [this.nodes[await this.owner(slot)]!, this.nodes[to]!]
    const [idFrom, idTo] = [await source.cluster('MYID'), await target.cluster('MYID')]
    await target.cluster('SETSLOT', slot, 'IMPORTING', idFrom)
    await source.cluster('SETSLOT', slot, 'MIGRATING', idTo)
    let moved = 0
    for (;;) {
      const [key] = await source.cluster('GETKEYSINSLOT', slot, 1)
      if (key === undefined) break
      await source.migrate('127.0.0.1', target.options.port!, '', 0, 5000, 'KEYS', key)
      moved++
      await onKey?.()
    }
    // The target first: else nobody would have it for a moment.
    for (const node of [target, source]) await node.cluster('SETSLOT', slot, 'NODE', idTo)
    // Nodes that do not know of it yet may take the slot's next move for an older one.
    await until('all nodes know who has the slot', () => this.#agree(slot, to))
    return moved
  }
}
