/** The protocol on a cluster, where hashes and sets are on different nodes. */
import { type ClusterOptions, DEFAULTS, firstStep, firstStepProven } from './cluster-options.js'
import { pruneSteps } from './cluster-prune.js'
import { writeSteps } from './cluster-write.js'
import { limitSteps } from './limit.js'
import type { Protocol } from './protocol.js'
import { CLUSTER_SOURCES } from './step-sources.js'
import { deleteStep, revokeOneByOne, walkSteps } from './walk.js'

export function clusterProtocol(changed: Partial<ClusterOptions> = {}): Protocol {
  const options: ClusterOptions = { ...DEFAULTS, ...changed }
  return {
    name: 'a cluster',
    firstStep: options.safeguards.provesSecret ? firstStepProven : firstStep,
    sources: CLUSTER_SOURCES,
    steps: {
      ...walkSteps(options.prunable, revokeOneByOne(options.prunable)),
      ...limitSteps(firstStep),
      delete: deleteStep,
      ...writeSteps(options),
      ...pruneSteps(options),
    },
  }
}

export const CLUSTER = clusterProtocol()
