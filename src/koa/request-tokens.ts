import type { Config } from '../options/config.js'
import { createToken, type Token } from '../store/token.js'
import { chooseTokens } from './choose-tokens.js'
import type { SessionCookie } from './cookie.js'
import type { DeviceProof } from './device-proof.js'

const NONE: readonly never[] = []

/** The tokens of one request: those of its cookies, and those that it makes itself. */
export class RequestTokens {
  readonly #config: Config
  readonly #cookie: SessionCookie
  readonly #requestStartedAt: number
  readonly #proof: DeviceProof | undefined
  /** Few: a set would cost each request more, as would an array that grows. */
  #ownSecrets: readonly string[] = NONE
  #isRead = false
  /** The next renewal's token. Kept until it is in use: a renewal that seemed to fail may be done. */
  #next: Token | undefined
  /** The token in use. */
  current: Token | undefined
  /** Of other cookies of the same name, which open a session too. */
  alsoOpen: readonly Token[] = NONE

  constructor(
    config: Config,
    cookie: SessionCookie,
    requestStartedAt: number,
    proof: DeviceProof | undefined,
  ) {
    this.#proof = proof
    this.#config = config
    this.#cookie = cookie
    this.#requestStartedAt = requestStartedAt
  }

  /** Whether a secret is this request's, or one that its renewal under way is about to set. */
  ownsSecret(secretHash: string | undefined): boolean {
    return secretHash !== undefined && this.#ownSecrets.includes(secretHash)
  }

  /** Reads the cookies. A promise where there are several to choose from, which is rare. */
  read(): Promise<void> | undefined {
    if (this.#isRead) return undefined
    const tokens = this.#cookie.read()
    this.#ownSecrets = tokens.map(({ secretHash }) => secretHash)
    if (tokens.length > 1) return this.#choose(tokens)
    this.current = tokens[0]
    this.#isRead = true
    return undefined
  }

  async #choose(tokens: readonly Token[]): Promise<void> {
    const chosen = await chooseTokens(
      tokens,
      this.#config.store,
      this.#requestStartedAt,
      this.#proof,
    )
    ;[this.current, ...this.alsoOpen] = chosen
    this.#isRead = true
  }

  /** The token with the current one's next secret. */
  renewal({ id }: Token): Token {
    this.#next ??= createToken(this.#config.byteLength, id)
    this.#own(this.#next)
    return this.#next
  }

  /** A token for a new session. */
  create(): Token {
    return createToken(this.#config.byteLength)
  }

  /** @returns whether the token is a new one, for which the browser needs a cookie */
  use(token: Token): boolean {
    const isNew = token !== this.current
    this.current = token
    if (isNew) {
      this.#own(token)
      this.#next = undefined
    }
    return isNew
  }

  #own({ secretHash }: Token): void {
    this.#ownSecrets = [...this.#ownSecrets, secretHash]
  }

  forget(): void {
    this.current = undefined
    this.#next = undefined
    this.alsoOpen = NONE
  }
}
