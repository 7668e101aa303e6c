/** One browser: what it was given at its login, and which answer it has to get from each route. */
export class Visitor {
  #user
  #count = 0
  cookie

  /** Signs in by a plain request. */
  async signIn(url) {
    const response = await fetch(`${url}/login`)
    this.#user = await response.text()
    this.cookie = response.headers
      .getSetCookie()
      .map((cookie) => cookie.split(';', 1)[0])
      .join('; ')
    if (response.status !== 200 || !/^\d+$/.test(this.#user) || this.cookie === '') {
      throw new Error(`No login at ${url}: ${response.status} ${this.#user}`)
    }
    return this
  }

  /** Whether this is the right body of the next answer; a write has to count on. */
  accepts(route, body) {
    switch (route) {
      case 'none':
        return body === 'none'
      case 'read':
        return body === this.#user
      case 'write':
        return body === String(++this.#count)
      default:
        return /^\d+$/.test(body)
    }
  }
}
