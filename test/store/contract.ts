/** The contract of src/store/store.ts, as every store has to keep it. */
import { describe } from 'vitest'
import { describeAdmission } from './contract/admission.js'
import { describeEnding } from './contract/ending.js'
import { describeLifetime } from './contract/lifetime.js'
import { describeReading } from './contract/reading.js'
import type { Open } from './contract/support.js'
import { describeWalking } from './contract/walking.js'
import { describeWatching } from './contract/watching.js'
import { describeWriting } from './contract/writing.js'

export function describeContract(title: string, open: Open): void {
  describe(title, () => {
    describeReading(open)
    describeWriting(open)
    describeLifetime(open)
    describeEnding(open)
    describeWalking(open)
    describeAdmission(open)
    describeWatching(open)
  })
}
