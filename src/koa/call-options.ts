import { optionsError } from '../errors.js'
import type { MaybeFields } from '../fields/types.js'
import type { Config } from '../options/config.js'
import type { Progress, RevokeAllOptions, WalkOptions } from '../store/store.js'
import { isId } from '../store/token.js'
import { Session } from './session.js'

/** The options of `Session.find` and `Session.count`. */
export interface SearchOptions {
  /**
   * Stops the call after the current page of 500 sessions. It rejects with the signal's reason; `find`
   * yields nothing more.
   */
  readonly signal?: AbortSignal | undefined
}

/** The options of `Session.revokeAll`. */
export interface RevokeOptions<F extends MaybeFields = undefined> extends SearchOptions {
  /** A session to keep: its id, or `ctx.session`. */
  readonly except?: string | Session<F>
  /**
   * Called and awaited after each page of 500 sessions. If it throws, the call stops and rejects with
   * that error.
   */
  readonly onProgress?: ((progress: RevokeProgress) => void | Promise<void>) | undefined
}

/** `seen / total` is the fraction done. */
export type RevokeProgress = Progress

export function checkSearchOptions(caller: 'find' | 'count', options: SearchOptions): WalkOptions {
  checkOptionNames(caller, options, ['signal'])
  return { signal: checkSignal(options) }
}

/** Checks the options, and reads the id of an `except` that is a session object. */
export async function resolveRevokeOptions(
  config: Config,
  options: RevokeOptions<MaybeFields>,
): Promise<RevokeAllOptions> {
  checkOptionNames('revokeAll', options, ['except', 'onProgress', 'signal'])
  const signal = checkSignal(options)
  const { onProgress } = options
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw optionsError('options.onProgress must be a function')
  }
  const except = checkExcept(config, options)
  // Before anything is sent.
  signal?.throwIfAborted()
  return { signal, onProgress, except: typeof except === 'object' ? await except.ownId() : except }
}

function checkOptionNames(caller: string, options: object, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw optionsError(`the options of ${caller} must be an object`)
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw optionsError(`${caller} has no option "${name}"`)
  }
}

/** Not by `instanceof`: test environments may have a class of their own. */
function checkSignal({ signal }: SearchOptions): AbortSignal | undefined {
  if (signal === undefined || typeof signal?.throwIfAborted === 'function') return signal
  throw optionsError('options.signal must be an AbortSignal')
}

function checkExcept(
  config: Config,
  options: RevokeOptions<MaybeFields>,
): string | Session<MaybeFields> | undefined {
  // `{ except: undefined }` is refused: it would end every session by mistake.
  if (!('except' in options)) return undefined
  const { except } = options
  if (isId(except) || Session.isOf<MaybeFields>(config, except)) return except
  throw optionsError(
    'options.except must be a session id or ctx.session (ctx.session.id is undefined until the ' +
      'session has been read)',
  )
}
