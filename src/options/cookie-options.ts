import { optionsError } from '../errors.js'
import { checkBoolean } from './checks.js'
import type { CookieOptions, SessionOptions } from './session-options.js'

export function checkCookieOptions(options: CookieOptions & Pick<SessionOptions, 'key'>): {
  key: string
  cookie: CookieOptions
} {
  const { secure, sameSite = 'lax', domain, path = '/', partitioned, priority } = options
  const { signed = false, httpOnly = true } = options
  // Browsers accept the __Host- prefix only from this host, over TLS (RFC 6265bis, 4.1.3.2).
  const host = secure === true && path === '/' && domain === undefined
  const { key = host ? '__Host-session-id' : 'session-id' } = options
  if (typeof key !== 'string' || !/^[\w!#$%&'*+.^`|~-]+$/.test(key)) {
    throw optionsError('options.key must be a valid cookie name')
  }
  for (const [name, value] of Object.entries({ secure, signed, httpOnly, partitioned })) {
    checkBoolean(name, value)
  }
  if (!['strict', 'lax', 'none', true, false].includes(sameSite)) {
    throw optionsError("options.sameSite must be 'strict', 'lax' or 'none'")
  }
  if (priority !== undefined && !['low', 'medium', 'high'].includes(priority)) {
    throw optionsError("options.priority must be 'low', 'medium' or 'high'")
  }
  if (typeof path !== 'string' || !/^\/[ -:=-~]*$/.test(path)) {
    throw optionsError('options.path must be a path that starts with a slash')
  }
  if (
    domain !== undefined &&
    !(typeof domain === 'string' && /^\.?[\w-]+(\.[\w-]+)*$/.test(domain))
  ) {
    throw optionsError('options.domain must be a host name')
  }
  // Browsers silently reject such cookies. Their prefixes are case-insensitive.
  if (
    secure !== true &&
    (sameSite === 'none' || partitioned === true || /^__(host|secure)-/i.test(key))
  ) {
    throw optionsError(
      "options.secure must be true with sameSite 'none', with partitioned, and with a key that " +
        'starts with __Host- or __Secure-',
    )
  }
  if (/^__(host-)?http-/i.test(key) && (secure !== true || !httpOnly)) {
    throw optionsError(
      'options.key starts with __Http- or __Host-Http-, so options.secure and options.httpOnly must be true',
    )
  }
  if (/^__host-/i.test(key) && !host) {
    throw optionsError(
      "options.key starts with __Host-, so options.path must be '/', and options.domain unset",
    )
  }
  return {
    key,
    cookie: {
      httpOnly,
      signed,
      sameSite,
      path,
      ...(secure === undefined ? {} : { secure }),
      ...(domain === undefined ? {} : { domain }),
      ...(partitioned === undefined ? {} : { partitioned }),
      ...(priority === undefined ? {} : { priority }),
    },
  }
}
