/** All modules of scripts, by the paths of their files. Read by Vite, which knows TypeScript and globs. */
export const modules = import.meta.glob('../src/store/redis/scripts/**/*.ts', { eager: true })
