/**
 * `scan_page` returns a page of a set: {the next cursor, or '0', {members}, the server's run id}.
 *
 * SSCAN cursors are valid only on the process that issued them: another one would leave members out. So each
 * page names its process, except where one page is the whole set. Some managed services refuse INFO to scripts,
 * or leave the run id out: there one page is the whole set always.
 */
export const SCAN_PAGE: string = /* lua */ `
local function scan_page(set, cursor, count)
  local page = redis.call('SSCAN', set, cursor, 'COUNT', count)
  page[3] = ''
  if cursor == '0' and page[1] == '0' then return page end
  local info = redis.pcall('INFO', 'server')
  local run_id = type(info) == 'string' and string.match(info, 'run_id:(%w+)')
  if not run_id then return {'0', redis.call('SMEMBERS', set), ''} end
  page[3] = run_id
  return page
end`

/** A page of a set. */
export interface ScannedPage {
  /** The cursor of the next page; '0' after the last one. */
  readonly next: string
  readonly ids: readonly string[]
  /** The run id of the server that issued the cursor; '' where one page is the whole set. */
  readonly server: string
}

export type ScannedReply = [next: string, ids: string[], server: string]

export function toScannedPage([next, ids, server]: ScannedReply): ScannedPage {
  return { next, ids, server }
}
