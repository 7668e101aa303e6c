/** The protocol on a cluster: src/store/redis/cluster.ts. */
import { tidySteps, undo } from './cluster-end.js'
import { writeSteps } from './cluster-write.js'
import { deleteStep, endOneByOne, searchSteps } from './search.js'
import { signInSteps } from './sign-in.js'
import type { Protocol } from './step.js'
import { first, type Ways, WAYS } from './ways.js'

export function clusterProtocol(changed: Partial<Ways> = {}): Protocol {
  const ways: Ways = { ...WAYS, ...changed }
  return {
    name: 'a cluster',
    first,
    steps: {
      ...searchSteps(ways.prunable, endOneByOne(ways.prunable)),
      ...signInSteps(first),
      delete: deleteStep,
      ...writeSteps(ways),
      undo,
      ...tidySteps(ways),
    },
  }
}

export const CLUSTER = clusterProtocol()
