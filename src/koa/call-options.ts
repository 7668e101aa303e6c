import { optionsError } from '../errors.js'
import type { MaybeFields } from '../fields/types.js'
import { checkOptionNames } from '../options/checks.js'
import type { Config } from '../options/config.js'
import type { Progress, RevokeAllOptions, WalkOptions } from '../store/store.js'
import { isId } from '../store/token.js'
import { checkReason, type EndOptions } from './end-options.js'
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
export interface RevokeOptions<F extends MaybeFields = undefined>
  extends SearchOptions, EndOptions {
  /** A session to keep: its id, or `ctx.session`. */
  readonly except?: string | Session<F>
  /**
   * Called and awaited after each page of 500 sessions. If it throws, the call stops and rejects with
   * that error.
   */
  readonly onProgress?: ((progress: RevokeProgress) => void | Promise<void>) | undefined
}

/**
 * How far a `revokeAll` has come: `seen / total` is the fraction done.
 *
 * @interface
 */
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
  checkOptionNames('revokeAll', options, ['except', 'onProgress', 'reason', 'signal'])
  const reason = checkReason(options)
  const signal = checkSignal(options)
  const { onProgress } = options
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw optionsError('options.onProgress must be a function')
  }
  const except = checkExcept(config, options)
  // Before anything is sent.
  signal?.throwIfAborted()
  const id = typeof except === 'object' ? await except.ownId() : except
  return { signal, onProgress, reason, except: id }
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
