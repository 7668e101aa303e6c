/** A browser's side: it keeps the cookie of a session. */
export class Visitor {
  #url
  #cookie = ''

  constructor(url) {
    this.#url = url
  }

  async fetch(path, method = 'GET') {
    const answer = await fetch(this.#url + path, { method, headers: { cookie: this.#cookie } })
    const [first] = answer.headers.getSetCookie()
    if (first !== undefined) this.#cookie = first.split(';', 1)[0]
    return answer
  }

  async post(path) {
    const answer = await this.fetch(path, 'POST')
    await answer.body?.cancel()
    return answer.status
  }

  /** What the page says: JSON. */
  async read(path) {
    return (await this.fetch(path)).json()
  }
}
