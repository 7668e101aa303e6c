import { optionsError } from '../errors.js'
import { toMs } from '../options/duration.js'
import type { Duration } from '../options/session-options.js'

/** The options of `deviceBound`. */
export interface DeviceBoundOptions {
  /**
   * How long a proof lasts, and so a copy of the cookies, from 1 second to 24 hours. Browsers sign only a few times:
   * Chromium six times in nine minutes for one site. So less than two minutes gets a warning.
   * @default '10 minutes'
   */
  readonly refresh?: Duration
  /**
   * Where the browser registers and refreshes: it sends POST to `PATH/register` and `PATH/refresh`.
   * @default '/device-session'
   */
  readonly path?: string
  /**
   * Paths, with all that is below them, for which the browser brings no fresh proof: static files, say. Sessions cannot
   * be relied on there.
   * @default []
   */
  readonly exclude?: readonly string[]
}

/** The checked options. */
export interface Settings {
  /** ms */
  readonly refreshEvery: number
  readonly path: string
  readonly exclude: readonly string[]
}

const NAMES: ReadonlySet<string> = new Set<keyof DeviceBoundOptions>(['refresh', 'path', 'exclude'])
const LONGEST = 24 * 3_600_000
const SHORTEST = 1_000
const WARNED_BELOW = 120_000

/** @throws `ERR_SESSION_OPTIONS`, naming the invalid option */
export function checkOptions(options: DeviceBoundOptions): Settings {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw optionsError('deviceBound() takes an object of options')
  }
  for (const name of Object.keys(options)) {
    if (!NAMES.has(name)) throw optionsError(`deviceBound() has no option "${name}"`)
  }
  const { refresh: every = '10 minutes', path = '/device-session', exclude = [] } = options
  const refreshEvery = toMs('refresh', every)
  if (refreshEvery < SHORTEST || refreshEvery > LONGEST) {
    throw optionsError('deviceBound({ refresh }) must be from 1 second to 24 hours')
  }
  if (refreshEvery < WARNED_BELOW) {
    process.emitWarning(
      'deviceBound({ refresh }) is less than two minutes: browsers sign only a few times in that time, and ' +
        'then send requests without a proof',
      { type: 'SessionWarning', code: 'SESSION_REFRESH_TOO_OFTEN' },
    )
  }
  if (!isPath(path)) throw optionsError("deviceBound({ path }) must be like '/device-session'")
  if (!Array.isArray(exclude) || !exclude.every(isPath)) {
    throw optionsError("deviceBound({ exclude }) must be a list of paths like '/static'")
  }
  return { refreshEvery, path, exclude: [...(exclude as readonly string[])] }
}

/** A path that needs no quoting, nor escaping, in headers and URLs. */
function isPath(path: unknown): path is string {
  return typeof path === 'string' && /^(\/(?!\.{1,2}(?:\/|$))[\w.~-]+)+$/.test(path)
}
