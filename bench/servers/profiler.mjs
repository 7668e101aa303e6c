import { Session } from 'node:inspector/promises'

const session = new Session()

/** Takes a CPU profile of this process, like `--cpu-prof`. */
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
