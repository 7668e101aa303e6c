/** The requests of one run: counts and times them, and refuses to be wrong. */
export class Requests {
  #time
  #latencies = []
  #from
  #last
  #checked = 0
  /** All that were answered, also after the time was over: what the server's CPU time went to. */
  #answered = 0
  #wrong
  /** Whether the time is over. */
  done = false

  constructor(seconds) {
    this.#time = seconds * 1000
  }

  answered(latency, status) {
    this.#answered++
    if (status !== 200) this.fail(`status ${status}`)
    const now = performance.now()
    // From the first answer on: what it takes to start the load is not the server's.
    this.#from ??= now
    this.done = now - this.#from > this.#time
    if (this.done) return
    this.#last = now
    this.#latencies.push(latency)
  }

  checked(right, body) {
    this.#checked++
    if (!right) this.fail(`answered ${JSON.stringify(body)}`)
  }

  fail(reason) {
    this.#wrong ??= reason
  }

  result() {
    const latencies = Float64Array.from(this.#latencies).toSorted()
    if (this.#checked !== this.#answered) this.fail('not every answer was checked')
    if (latencies.length < 2) this.fail('too few answers in this time')
    if (this.#wrong !== undefined) throw new Error(this.#wrong)
    const percentile = (part) => latencies[Math.floor(part * (latencies.length - 1))]
    return {
      perSecond: ((latencies.length - 1) / (this.#last - this.#from)) * 1000,
      answered: this.#answered,
      p50: percentile(0.5),
      p99: percentile(0.99),
    }
  }
}
