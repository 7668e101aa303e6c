export function findFirefox(): string
export function installFirefox(): Promise<void>
