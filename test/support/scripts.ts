import type { Command, Watcher } from './clients/monitor.js'
import { BEGIN_REVOCATION } from '../../src/store/redis/scripts/begin-revocation.js'
import { BIND_SESSION } from '../../src/store/redis/scripts/bind-session.js'
import { CONFIRM_BINDING } from '../../src/store/redis/scripts/confirm-binding.js'
import { CONFIRM_JOIN } from '../../src/store/redis/scripts/cluster/confirm-join.js'
import { CREATE_CLUSTER } from '../../src/store/redis/scripts/cluster/create.js'
import { EVICT_CLUSTER } from '../../src/store/redis/scripts/cluster/evict.js'
import { JOIN_SET } from '../../src/store/redis/scripts/cluster/join-set.js'
import { REVOKE_CLUSTER } from '../../src/store/redis/scripts/cluster/revoke.js'
import { UPDATE_CLUSTER } from '../../src/store/redis/scripts/cluster/update.js'
import { DELETE_SESSION } from '../../src/store/redis/scripts/delete-session.js'
import { EXPLAIN } from '../../src/store/redis/scripts/explain.js'
import { CREATE_ONE_NODE } from '../../src/store/redis/scripts/one-node/create.js'
import { CREATE_SIMPLE } from '../../src/store/redis/scripts/one-node/create-simple.js'
import { EVICT_ONE_NODE } from '../../src/store/redis/scripts/one-node/evict.js'
import { LEAVE_SET } from '../../src/store/redis/scripts/one-node/leave-set.js'
import { READ_PAGE } from '../../src/store/redis/scripts/one-node/read-page.js'
import { REVOKE_PAGE } from '../../src/store/redis/scripts/one-node/revoke-page.js'
import { UPDATE_ONE_NODE } from '../../src/store/redis/scripts/one-node/update.js'
import { OVER_LIMIT } from '../../src/store/redis/scripts/over-limit.js'
import { READ_WITH_TIMES } from '../../src/store/redis/scripts/read-with-times.js'
import { RELEASE_SLOTS } from '../../src/store/redis/scripts/release-slots.js'
import { REVOKED_AGO } from '../../src/store/redis/scripts/revoked-ago.js'
import { SCAN_SET } from '../../src/store/redis/scripts/scan-set.js'
import { SERVER_TIME } from '../../src/store/redis/scripts/server-time.js'
import { SET_FIELDS } from '../../src/store/redis/scripts/set-fields.js'
import { WATCH_SESSION } from '../../src/store/redis/scripts/watch-session.js'

interface Lua {
  readonly lua: string
  readonly sha: string
}

/** All scripts, by name. */
export const SCRIPTS: Readonly<Record<string, Lua>> = {
  BEGIN_REVOCATION,
  BIND_SESSION,
  CONFIRM_BINDING,
  CONFIRM_JOIN,
  CREATE_CLUSTER,
  CREATE_ONE_NODE,
  CREATE_SIMPLE,
  DELETE_SESSION,
  EVICT_CLUSTER,
  EVICT_ONE_NODE,
  EXPLAIN,
  JOIN_SET,
  LEAVE_SET,
  OVER_LIMIT,
  READ_PAGE,
  READ_WITH_TIMES,
  RELEASE_SLOTS,
  REVOKE_CLUSTER,
  REVOKE_PAGE,
  REVOKED_AGO,
  SCAN_SET,
  SERVER_TIME,
  SET_FIELDS,
  UPDATE_CLUSTER,
  UPDATE_ONE_NODE,
  WATCH_SESSION,
}

/** A command's name, or the name of the script that it runs. */
export function nameOf({ words: [command = '', sha = ''] }: Command): string {
  if (!/^eval/i.test(command)) return command.toUpperCase()
  return Object.entries(SCRIPTS).find(([, script]) => script.sha === sha)?.[0] ?? command
}

/** The keys that a command inside a script names. */
export function keysOf({ words: [name = '', ...rest] }: Command): readonly string[] {
  // A channel is no key: on a cluster every node hears of it.
  if (name === 'TIME' || name === 'PUBLISH') return []
  return name === 'EXISTS' || name === 'UNLINK' ? rest : rest.slice(0, 1)
}

/** The commands that a server receives during some work, without those inside its scripts. */
export async function sentDuring(
  watcher: Watcher,
  work: () => Promise<unknown>,
): Promise<string[]> {
  return (await watcher.commandsDuring(work)).filter(({ lua }) => !lua).map(nameOf)
}
