/** One browser, which knows the correct response of each route. */
export class Visitor {
  #user
  #count = 0
  cookie

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

  /** Whether this is the correct next body; `/write` must count up. */
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
