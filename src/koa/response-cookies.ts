import type { Context } from 'koa'

type Response = Context['res'] & { [OWN]?: Map<string, string> }

/** The Set-Cookie headers to keep, by the cookies' names. */
const OWN = Symbol('session cookies')

/**
 * Keeps cookies that were just set, whatever else happens to the response: `ctx.set('Set-Cookie', …)`,
 * `res.writeHead` with headers, an error page, from which Koa removes all headers. The store already
 * has the new secret, so without its cookie the browser would be signed out.
 *
 * No shared cache may store such a response.
 */
export function keepCookies(res: Response, names: readonly string[]): void {
  const own = (res[OWN] ??= hookHead(res))
  for (const name of names) {
    const header = setCookies(res).findLast((one) => one.startsWith(`${name}=`))
    if (header !== undefined) own.set(name, header)
  }
}

/** Removes what `keepCookies` keeps, and no cookie of that name that the application set. */
export function forgetCookies(res: Response, names: readonly string[]): void {
  const own = res[OWN]
  if (own === undefined) return
  const forgotten = new Set(names.map((name) => own.get(name)))
  res.setHeader(
    'Set-Cookie',
    setCookies(res).filter((one) => !forgotten.has(one)),
  )
  for (const name of names) own.delete(name)
}

/** Completes the headers when they are written. Node itself calls `writeHead` for each response. */
function hookHead(res: Response): Map<string, string> {
  const own = new Map<string, string>()
  const writeHead: (...args: never) => typeof res = res.writeHead.bind(res)
  const completeAndWrite = (status: number, ...args: unknown[]): typeof res => {
    const write = (...given: unknown[]): typeof res => writeHead(...([status, ...given] as never))
    if (res.headersSent) return write(...args)
    const message = typeof args[0] === 'string' ? [args.shift()] : []
    setHeaders(res, args.at(-1))
    const cookies = setCookies(res)
    const kept = [...own.values()]
    if (!kept.every((one, i) => cookies[i] === one) || cookies.length !== kept.length) {
      // Last, so that they win over others of the same name.
      res.setHeader('Set-Cookie', [...cookies.filter((one) => !kept.includes(one)), ...kept])
    }
    forbidSharedCaching(res, status)
    return write(...message)
  }
  // `writeHeader` is an old name of it.
  Object.assign(res, { writeHead: completeAndWrite, writeHeader: completeAndWrite })
  return own
}

function setCookies(res: Response): string[] {
  const headers = res.getHeader('Set-Cookie') ?? []
  return Array.isArray(headers) ? headers : [String(headers)]
}

/** Sets what was given to `writeHead`: an object, or a list of names and values, nested or not. */
function setHeaders(res: Response, headers: unknown): void {
  if (typeof headers !== 'object' || headers === null) return
  const values = new Map<string, unknown[]>()
  const add = (name: string, value: unknown): void => {
    const key = name.toLowerCase()
    values.set(key, [...(values.get(key) ?? [name]), ...[value].flat()])
  }
  if (Array.isArray(headers)) {
    const list: unknown[] = headers.flat()
    for (let i = 0; i < list.length; i += 2) add(String(list[i]), list[i + 1])
  } else {
    for (const [name, value] of Object.entries(headers)) add(name, value)
  }
  for (const [name, ...given] of values.values()) {
    res.setHeader(name as string, (given.length === 1 ? given[0] : given) as string)
  }
}

/** RFC 9111 lets shared caches store responses with cookies, RFC 9213 has headers that go first. */
const isForCaches = (name: string): boolean =>
  name.endsWith('cdn-cache-control') || name === 'surrogate-control' || name === 'x-accel-expires'
const DIRECTIVE = /(?:[^,"]|"(?:[^"\\]|\\.)*")+/g
const SHARED = /^(?:public|s-maxage)(?:\s*=|$)/i
const SUFFICIENT = /^(?:private|no-store)$/i

function forbidSharedCaching(res: Response, status: number): void {
  for (const name of res.getHeaderNames()) if (isForCaches(name)) res.removeHeader(name)
  // Browsers keep some error pages without being asked to, such as a 404.
  const byDefault = status >= 400 ? 'no-store' : 'private'
  const header = res.getHeader('Cache-Control')
  if (header === undefined) {
    res.setHeader('Cache-Control', byDefault)
    return
  }
  const given = [header].flat().join(', ')
  const directives = (given.match(DIRECTIVE) ?? []).map((one) => one.trim())
  const kept = directives.filter((one) => one !== '' && !SHARED.test(one))
  if (!kept.some((one) => SUFFICIENT.test(one)))
    kept.unshift(kept.length === 0 ? byDefault : 'private')
  if (kept.length !== directives.length || given === '' || kept[0] !== directives[0]) {
    res.setHeader('Cache-Control', kept.join(', '))
  }
}
