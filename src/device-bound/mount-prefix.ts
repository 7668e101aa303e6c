/** What the browser's path has before the middleware's, where the app is mounted into another one. */
export function mountPrefix(originalUrl: string, path: string): string {
  const [full = ''] = originalUrl.replace(/^https?:\/\/[^/?]*/i, '').split('?', 1)
  if (full.endsWith(path)) return full.slice(0, full.length - path.length)
  // A mounted app sees '/' where the browser asked for the prefix alone.
  return path === '/' ? full : ''
}
