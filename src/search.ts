import type { Config } from './config.js'
import { wrongOption } from './errors.js'
import type { MaybeFields } from './fields/types.js'
import { Session } from './session.js'
import type { DeleteAllOptions, Progress, WalkOptions } from './store/store.js'
import { isId } from './token.js'

/** The options of `Session.find` and `Session.count`. */
export interface SearchOptions {
  /**
   * Stops the call, which then rejects with the signal's reason. It stops between pages of 500
   * sessions; `find` yields none after it.
   */
  readonly signal?: AbortSignal | undefined
}

/** The options of `Session.revokeAll`. */
export interface RevokeOptions<F extends MaybeFields = undefined> extends SearchOptions {
  /** A session that stays: its id, or `ctx.session`. */
  readonly except?: string | Session<F>
  /**
   * Called after each page of 500 sessions, and waited for. What it throws stops the call like a
   * signal: it rejects with that, and what was ended stays ended.
   */
  readonly onProgress?: ((progress: RevokeProgress) => void | Promise<void>) | undefined
}

/** How far a `Session.revokeAll` has come; `seen / total` is the part done. */
export type RevokeProgress = Progress

/** @throws `ERR_SESSION_OPTIONS`, naming the option */
export function checkSearch(caller: 'find' | 'count', options: SearchOptions): WalkOptions {
  checkNames(caller, options, ['signal'])
  return { signal: checkSignal(options) }
}

/** @throws `ERR_SESSION_OPTIONS`, naming the option */
export async function checkRevoke(
  config: Config,
  options: RevokeOptions<MaybeFields>,
): Promise<DeleteAllOptions> {
  checkNames('revokeAll', options, ['except', 'onProgress', 'signal'])
  const signal = checkSignal(options)
  const { onProgress } = options
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw wrongOption('options.onProgress must be a function')
  }
  const except = checkExcept(config, options)
  // Only now may something be sent.
  signal?.throwIfAborted()
  return { signal, onProgress, except: typeof except === 'object' ? await except.ownId() : except }
}

function checkNames(caller: string, options: object, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw wrongOption(`the options of ${caller} must be an object`)
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw wrongOption(`${caller} has no option "${name}"`)
  }
}

/** By what it can do: a test's environment may have a class of its own. */
function checkSignal({ signal }: SearchOptions): AbortSignal | undefined {
  if (signal === undefined || typeof signal?.throwIfAborted === 'function') return signal
  throw wrongOption('options.signal must be an AbortSignal')
}

function checkExcept(
  config: Config,
  options: RevokeOptions<MaybeFields>,
): string | Session<MaybeFields> | undefined {
  // One that is given, but is nothing by mistake, must not end every session.
  if (!('except' in options)) return undefined
  const { except } = options
  if (isId(except) || Session.isOf<MaybeFields>(config, except)) return except
  throw wrongOption(
    'options.except must be the id of a session, or ctx.session itself, whose id is known only ' +
      'once the session was read',
  )
}
