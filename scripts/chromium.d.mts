export function findChromium(): string
export function installChromium(): Promise<void>
export function launchOptions(): { executablePath: string; args: string[] }
