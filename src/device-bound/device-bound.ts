import type { Context } from 'koa'
import { SessionError } from '../errors.js'
import type { Bindable, BindingScope, DeviceBinding } from '../options/device-binding.js'
import { signTime } from '../store/binding.js'
import { answerEmpty } from '../koa/answer-empty.js'
import { mountPrefix } from './mount-prefix.js'
import { checkOptions, type DeviceBoundOptions, type Settings } from './options.js'
import { refresh } from './refresh.js'
import { register } from './register.js'

/**
 * Binds sessions to the devices that sign in, where the browser can (W3C Device Bound Session Credentials): for
 * `options.binding`. After a sign-in the browser makes a key that cannot be copied, and proves every few minutes that
 * it has it. A copy of its cookies opens nothing without a proof.
 *
 * A browser that cannot do it keeps an ordinary session. Needs the package `jose`.
 *
 * @example
 * const Session = sessions(app, {
 *   client,
 *   references: { user_id: {} },
 *   secure: true,
 *   binding: deviceBound({ refresh: '10 minutes' }),
 * })
 * @throws `ERR_SESSION_OPTIONS`, naming the invalid option
 */
export function deviceBound(options: DeviceBoundOptions = {}): DeviceBinding {
  const settings = checkOptions(options)
  const { path } = settings
  const paths: ReadonlyMap<string, 'register' | 'refresh'> = new Map([
    [`${path}/register`, 'register'],
    [`${path}/refresh`, 'refresh'],
  ] as const)
  // A sign-in may be in an app that is mounted further down.
  const MOUNTED = Symbol('path where the middleware ran')
  type MountedContext = Context & { [MOUNTED]?: string }
  return {
    offer(ctx: MountedContext, session) {
      const mounted = ctx[MOUNTED]
      // Without the middleware nothing would answer.
      if (mounted !== undefined) offer(ctx, session, mountPrefix(ctx.originalUrl, mounted) + path)
    },
    pathOf(ctx: MountedContext) {
      ctx[MOUNTED] = ctx.path
      return ctx.method === 'POST' ? paths.get(ctx.path) : undefined
    },
    answer: (ctx, which, scope) => answer(ctx, which, scope, settings),
  }
}

/** W3C DBSC, "Secure-Session-Registration". */
function offer(ctx: Context, { binding, now }: Bindable, path: string): void {
  const challenge = signTime(binding, 'challenge', now)
  ctx.set(
    'Secure-Session-Registration',
    `(ES256 RS256);path="${path}/register";challenge="${challenge}"`,
  )
}

async function answer(
  ctx: Context,
  which: 'register' | 'refresh',
  scope: BindingScope,
  settings: Settings,
): Promise<void> {
  ctx.set('Cache-Control', 'no-store')
  try {
    await (which === 'register' ? register : refresh)(ctx, scope, settings)
  } catch (error) {
    if (!(error instanceof SessionError) || error.code !== 'ERR_SESSION_STORE') throw error
    // Here, so that no error page of the application makes the browser forget its key.
    answerEmpty(ctx, error.status)
    ctx.app.emit('error', error, ctx)
  }
}
