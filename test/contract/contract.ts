/** The contract of src/store/store.ts, as every store has to keep it. */
import { describe } from 'vitest'
import { describeAdopting } from './adopting.js'
import { describeAdmission } from './sign-ins.js'
import { describeBinding } from './binding.js'
import { describeEnding } from './ending.js'
import { describeLifetime } from './lifetime.js'
import { describeReading } from './reading.js'
import { describeReasons } from './reasons.js'
import { describeRevokedAgo } from './revoked-ago.js'
import type { Open } from '../support/store.js'
import { describeWalking } from './walking.js'
import { describeWatching } from './watching.js'
import { describeWriting } from './writing.js'

export function describeContract(title: string, open: Open): void {
  describe(title, () => {
    describeReading(open)
    describeWriting(open)
    describeLifetime(open)
    describeEnding(open)
    describeRevokedAgo(open)
    describeWalking(open)
    describeAdmission(open)
    describeWatching(open)
    describeBinding(open)
    describeAdopting(open)
    describeReasons(open)
  })
}
