// Starts process.ts: Vite, which runs the tests, reads its TypeScript.
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const file = fileURLToPath(new URL('process.ts', import.meta.url))
await runnerImport(file, { configFile: false, logLevel: 'error' })
