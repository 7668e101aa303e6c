import { setTimeout as sleep } from 'node:timers/promises'

/** Asks again and again, for what Redis has no event: at most 25 s. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 25_000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`Waited in vain until ${what}`)
    await sleep(25)
  }
}
