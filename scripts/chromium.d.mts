export function findChromium(): string
export function installChromium(): void
export function launchOptions(): { executablePath: string; args: string[] }
