import { resolve } from 'node:path'
import { run } from './run.js'

const ROOT = resolve(import.meta.dirname, '../..')

/** Installs the packages of a folder that has some of its own, where they are missing. */
export async function installPackages(folder: 'bench' | 'site'): Promise<void> {
  const npm = (...args: string[]) => run('npm', [...args, '--prefix', folder], { cwd: ROOT })
  const missing = await npm('ls').then(
    () => false,
    () => true,
  )
  if (!missing) return
  try {
    await npm('ci', '--prefer-offline', '--no-audit', '--no-fund')
  } catch (cause) {
    const message = `The packages of ${folder} cannot be installed: is the registry in reach?`
    throw new Error(message, { cause })
  }
}
