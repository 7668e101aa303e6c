import { Session } from 'node:inspector/promises'

const session = new Session()

/** A CPU profile of what this process does between two questions: what `--cpu-prof` would write. */
export const profiler = {
  async startProfile() {
    session.connect()
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: 200 })
    await session.post('Profiler.start')
  },
  async stopProfile() {
    const { profile } = await session.post('Profiler.stop')
    session.disconnect()
    return profile
  },
}
