/** Work that no caller waits for: what it leaves undone only costs memory. */
export class Background {
  readonly #working = new Set<Promise<unknown>>()

  run(work: Promise<unknown>): void {
    const settled = work.then(undefined, () => {}).finally(() => this.#working.delete(settled))
    this.#working.add(settled)
  }

  async settle(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working)
  }
}
