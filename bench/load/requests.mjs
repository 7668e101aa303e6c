/** Counts and times the requests of one run; one wrong response fails it. */
export class Requests {
  #time
  #latencies = []
  #from
  #last
  #checked = 0
  /** All responses, even late ones: the server's CPU time includes them. */
  #answered = 0
  #wrong
  done = false

  constructor(seconds) {
    this.#time = seconds * 1000
  }

  answered(latency, status) {
    this.#answered++
    if (status !== 200) this.fail(`status ${status}`)
    const now = performance.now()
    // From the first response: starting the load is not the server's time.
    this.#from ??= now
    // A rate takes two answers, however slow the machine is.
    this.done = now - this.#from > this.#time && this.#latencies.length > 1
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
    if (this.#checked !== this.#answered) this.fail('not every response was checked')
    if (latencies.length < 2) this.fail('too few responses in this time')
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
