import type { Context } from 'koa'
import { fieldError, optionsError, supersededError, unprovenError } from '../errors.js'
import type { Session } from '../index.js'
import {
  COUNTER,
  type Entry,
  fieldOf,
  LOGIN,
  parse,
  readEntries,
  startField,
  startText,
  toText,
} from './fields.js'
import {
  hiding,
  keepsSessionInfo,
  PassportSession,
  type SessionKeeper,
} from './passport-session.js'

type Values = Record<string, unknown>
type Login = Values & { user?: unknown }

/** Which field holds the user's id, and all references. */
export interface UserReference {
  readonly field: string
  readonly all: readonly string[]
}

/** Reads passport's session in one request, and writes what passport and its strategies change in it. */
export class Keeper implements SessionKeeper {
  readonly #ctx: Context
  readonly #session: Session
  readonly #reference: UserReference
  /** As read or written last. */
  #entries: ReadonlyMap<string, Entry> = new Map()
  #login: Login = {}
  /** What passport sees. */
  current: PassportSession
  /** The session before, while passport signs somebody in. */
  #before: PassportSession | undefined

  constructor(ctx: Context, session: Session, reference: UserReference) {
    this.#ctx = ctx
    this.#session = session
    this.#reference = reference
    this.current = new PassportSession(this)
  }

  async load(): Promise<void> {
    const values: Values = await this.#session.peek()
    this.#entries = readEntries(values, stateOf(this.#ctx))
    this.#login = readLogin(values, this.#reference.field)
    this.#show()
  }

  /** Makes the error of who asks what the session holds, where this request cannot tell. */
  get whyUnknown(): (() => Error) | undefined {
    const { state } = this.#session
    if (state === 'superseded') return supersededError
    return state === 'unproven' ? unprovenError : undefined
  }

  #show(): void {
    const values = Array.from(
      this.#entries.values(),
      ({ key, text }) => [key, parse(key, text)] as const,
    )
    const { user } = this.#login
    const login = user === undefined ? [] : [[LOGIN, { ...this.#login }] as const]
    const shown = new PassportSession(this, [...values, ...login])
    const { whyUnknown } = this
    this.current = whyUnknown === undefined ? shown : hiding(shown, LOGIN, whyUnknown)
  }

  async regenerate(isLogout: boolean): Promise<void> {
    if (isLogout) {
      await this.#session.delete()
      this.#forget()
    } else {
      this.#before ??= this.current
      this.current = new PassportSession(this)
    }
  }

  #forget(): void {
    this.#entries = new Map()
    this.#login = {}
    this.#show()
  }

  async save(): Promise<void> {
    const login = (this.current[LOGIN] ?? {}) as Login
    const { user } = login
    const signsIn = user !== undefined && (this.#before !== undefined || user !== this.#login.user)
    try {
      if (signsIn) await this.#signIn(login)
      else {
        if (this.#before !== undefined) this.#refuseOtherKey()
        await this.#write(false)
      }
    } catch (error) {
      // Or the end of the request would try it again.
      if (signsIn || this.#before !== undefined) this.#show()
      throw error
    } finally {
      this.#before = undefined
    }
  }

  /** Such a login would be no `signIn`, and `revokeAll` would not end it. */
  #refuseOtherKey(): void {
    const isLogin = (value: unknown) => isRecord(value) && value['user'] !== undefined
    if (!Object.values(this.current).some(isLogin)) return
    throw optionsError("passport's SessionManager and SessionStrategy must have the key 'passport'")
  }

  /** Writes what changed, when the response is known. */
  async close(): Promise<void> {
    const { user } = (this.current[LOGIN] ?? {}) as Login
    if (user !== undefined && user !== this.#login.user) return this.save()
    // `deserializeUser` knows nobody of this id any more.
    if (user === undefined && this.#login.user !== undefined && this.#before === undefined) {
      await this.#session.delete()
      this.#forget()
      return
    }
    await this.#write(/^[a-z][a-z\d+.-]*:/i.test(this.#ctx.response.get('Location')))
  }

  /**
   * Signs in by one write, which also removes what the visitor had, where `keepSessionInfo` does not keep it. `signIn`
   * itself leaves no field of another user; not so where the reference does not rotate.
   */
  async #signIn(login: Login): Promise<void> {
    const { field, all } = this.#reference
    const user = checkUser(login.user, field)
    const there: Values = await this.#session.peek()
    const isOther = there[field] !== undefined && !isSameId(there[field] as Id, user)
    const keeps = !isOther && (keepsSessionInfo(this.current) || this.#before === undefined)
    const own = isOther ? { user } : { ...login }
    if (isOther) this.#dropCopies()
    const values: Values = {}
    const left: string[] = []
    for (const [name, value] of Object.entries(there)) {
      const isReference = all.includes(name)
      if (name === 'id' || name === field) continue
      if (isReference && keeps) values[name] = value
      else if (isReference) left.push(name)
      else if (!keeps) values[name] = null
    }
    if (!keeps) this.#entries = new Map()
    Object.assign(values, this.#changes(true))
    values[field] = user
    values[LOGIN] = loginText(own)
    await this.#session.signIn(values as never)
    if (left.length > 0) await this.#session.unset(left)
    this.#login = own
    this.#remember()
    this.#show()
  }

  /** Of what `keepSessionInfo` has copied, nothing is the next user's. */
  #dropCopies(): void {
    for (const key of Object.keys(this.#before ?? {})) if (key !== LOGIN) delete this.current[key]
  }

  /** @param leaves - whether the response leads to a provider: what a strategy then keeps is this tab's start */
  async #write(leaves: boolean): Promise<void> {
    const starts = leaves ? this.#starts() : []
    const changes = this.#changes(this.#before === undefined, starts)
    for (const key of starts) {
      const number = await this.#session.increment(COUNTER)
      changes[startField(number)] = startText(number, key, this.current[key])
    }
    const login = this.current[LOGIN] as Login | undefined
    if (login?.user !== undefined && loginText(login) !== loginText(this.#login)) {
      changes[LOGIN] = loginText(login)
      this.#login = { ...login }
    }
    const names = Object.keys(changes)
    if (names.length === 0) return
    if (names.every((name) => changes[name] === null)) await this.#session.unset(names)
    else await this.#session.set(changes as never)
    this.#remember()
  }

  /** The keys under which a strategy has kept something for the way back. */
  #starts(): string[] {
    return this.#keys().filter((key) => {
      const value = this.current[key]
      return isRecord(value) && toText(key, value) !== this.#entries.get(key)?.text
    })
  }

  #keys(): string[] {
    return Object.keys(this.current).filter((key) => key !== LOGIN)
  }

  /** The fields to write for all keys but `except`; `null` removes one. */
  #changes(removes: boolean, except: readonly string[] = []): Values {
    const changes: Values = {}
    const keys = this.#keys()
    for (const key of keys) {
      const text = toText(key, this.current[key])
      const entry = this.#entries.get(key)
      if (except.includes(key) || text === entry?.text) continue
      if (entry !== undefined) changes[entry.field] = null
      if (text !== undefined) changes[fieldOf(key)] = text
    }
    for (const { key, field } of this.#entries.values()) {
      if (removes && !keys.includes(key)) changes[field] = null
    }
    return changes
  }

  #remember(): void {
    const entries = new Map<string, Entry>()
    for (const key of this.#keys()) {
      const text = toText(key, this.current[key])
      const entry = this.#entries.get(key)
      if (text === undefined) continue
      const isSame = entry?.text === text
      entries.set(key, isSame ? entry : { key, field: fieldOf(key), text, number: 0 })
    }
    this.#entries = entries
  }
}

/** What a provider sends back with its answer. */
function stateOf(ctx: Context): unknown {
  const { body } = ctx.request as { body?: unknown }
  return ctx.query['state'] ?? (isRecord(body) ? body['state'] : undefined)
}

/**
 * Who is signed in: the reference says so, as `revokeAll` finds sessions by it. Undeclared fields come back as strings,
 * so the id is kept as `serializeUser` gave it, too.
 */
function readLogin(values: Values, field: string): Login {
  const login = (values[LOGIN] === undefined ? {} : parse(LOGIN, values[LOGIN])) as Login
  const known = values[field]
  if (known === undefined) return {}
  const isSame = login.user !== undefined && isSameId(login.user as Id, known as Id)
  return isSame ? login : { ...login, user: known }
}

/** A bigint is declared, and comes back from the reference as what it was. */
function loginText({ user, ...rest }: Login): string {
  return JSON.stringify(typeof user === 'bigint' ? rest : { user, ...rest })
}

type Id = string | number | bigint

function checkUser(user: unknown, field: string): Id {
  if (typeof user === 'string' || typeof user === 'number' || typeof user === 'bigint') return user
  throw fieldError(
    `passport.serializeUser must give the user's id alone, a string, number or bigint, as it is the value of "${field}"`,
  )
}

function isRecord(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether two values of a reference are one: `7` and `'7'` are. */
function isSameId(one: Id, other: Id): boolean {
  return String(one) === String(other)
}
