import { MemoryStore } from '../../src/index.js'
import { describeContract } from './contract.js'

const memory = new MemoryStore()
describeContract('MemoryStore', (policy, prefix) => memory.open(policy, prefix))
