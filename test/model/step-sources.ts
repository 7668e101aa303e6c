/**
 * What each step of the model stands for: a function in src/store/redis, and the script or the command
 * that it sends to one node. This table is the only place that names them.
 *
 * SET_FIELDS does a part of what UPDATE_ONE_NODE and UPDATE_CLUSTER do, so `update` stands for it, too. So does `create`
 * for CREATE_SIMPLE: where that does not create the session it has done nothing, and the creation begins later.
 * EXPLAIN and plain reads change nothing and owe nothing to the promises: they have no step.
 */
import type { StepName } from './operation.js'

export interface StepSource {
  /** Under src/store/redis. */
  readonly file: string
  readonly function: string
  /** The name of a script in src/store/redis/scripts, or of a Redis command. */
  readonly script: string
}

export type StepSources = Readonly<Partial<Record<StepName, StepSource>>>

const ONE_NODE = 'indexing/one-node.ts'
const CLUSTER = 'indexing/cluster.ts'
const CLUSTER_REMOVAL = 'indexing/cluster-removal.ts'
const LIMIT = 'indexing/limit.ts'

/** The steps that are the same on one node and on a cluster. */
const SHARED: StepSources = {
  delete: { file: 'redis-store.ts', function: 'delete', script: 'DELETE_SESSION' },
  'check slots': { file: LIMIT, function: 'makeRoom', script: 'HGET' },
  'release slots': { file: LIMIT, function: 'releaseSlots', script: 'RELEASE_SLOTS' },
  'begin revocation': {
    file: 'operations/revoke-all.ts',
    function: 'revokeAllSessions',
    script: 'BEGIN_REVOCATION',
  },
  scan: { file: 'operations/walk.ts', function: 'walk', script: 'SCAN_SET' },
  // countSessions sends HGET instead, with the same effect.
  read: { file: 'operations/find.ts', function: 'findSessions', script: 'READ_WITH_TIMES' },
}

export const ONE_NODE_SOURCES: StepSources = {
  ...SHARED,
  create: { file: ONE_NODE, function: 'create', script: 'CREATE_ONE_NODE' },
  update: { file: ONE_NODE, function: 'update', script: 'UPDATE_ONE_NODE' },
  leave: { file: ONE_NODE, function: 'leave', script: 'LEAVE_SET' },
  revoke: { file: ONE_NODE, function: 'revokePage', script: 'REVOKE_PAGE' },
  evict: { file: ONE_NODE, function: 'evict', script: 'EVICT_ONE_NODE' },
  prune: { file: ONE_NODE, function: 'prune', script: 'EXISTS' },
  'prune: remove': { file: ONE_NODE, function: 'prune', script: 'LEAVE_SET' },
}

export const CLUSTER_SOURCES: StepSources = {
  ...SHARED,
  'check secret': { file: CLUSTER, function: 'checkSecret', script: 'HGET' },
  join: { file: CLUSTER, function: 'join', script: 'JOIN_SET' },
  'check value': { file: CLUSTER, function: 'join', script: 'HGET' },
  create: { file: CLUSTER, function: 'create', script: 'CREATE_CLUSTER' },
  update: { file: CLUSTER, function: 'update', script: 'UPDATE_CLUSTER' },
  // CONFIRM_JOIN where there is a limit.
  'join again': { file: CLUSTER, function: 'confirm', script: 'JOIN_SET' },
  'release own slot': { file: CLUSTER, function: 'releaseNew', script: 'RELEASE_SLOTS' },
  'end own session': { file: CLUSTER, function: 'confirmAll', script: 'EVICT_CLUSTER' },
  leave: { file: CLUSTER_REMOVAL, function: 'leave', script: 'SREM' },
  revoke: { file: CLUSTER_REMOVAL, function: 'revokePage', script: 'REVOKE_CLUSTER' },
  evict: { file: CLUSTER_REMOVAL, function: 'evict', script: 'EVICT_CLUSTER' },
  prune: { file: CLUSTER_REMOVAL, function: 'prune', script: 'EXISTS' },
  'prune: bury': { file: CLUSTER_REMOVAL, function: 'bury', script: 'BURY_MISSING' },
  'prune: remove': { file: CLUSTER_REMOVAL, function: 'prune', script: 'SREM' },
}
