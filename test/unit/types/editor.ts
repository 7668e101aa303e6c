/** Asks TypeScript what an editor asks it: about the sources of the package, by its own name. */
import { join, resolve } from 'node:path'
import ts from 'typescript'

const ROOT = resolve(import.meta.dirname, '../../..')
const FILE = join(ROOT, 'test/unit/types/application.ts')

/** An application that imports the package, as a compiler and an editor see it. */
export class Editor {
  readonly #code: string
  readonly #service: ts.LanguageService

  /** `code`: `/*1*\/` and its like stand right before what is asked about. */
  constructor(code: string) {
    this.#code = code
    const options: ts.CompilerOptions = {
      module: ts.ModuleKind.Preserve,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      target: ts.ScriptTarget.ES2023,
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      noErrorTruncation: true,
      skipLibCheck: true,
      paths: { 'koa-redis-session-sets': [join(ROOT, 'src/index.ts')] },
    }
    const read = (path: string) => (path === FILE ? code : ts.sys.readFile(path))
    this.#service = ts.createLanguageService({
      getScriptFileNames: () => [FILE],
      getScriptVersion: () => '1',
      getScriptSnapshot: (path) => {
        const text = read(path)
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
      },
      getCurrentDirectory: () => ROOT,
      getCompilationSettings: () => options,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: (path) => path === FILE || ts.sys.fileExists(path),
      readFile: read,
      readDirectory: ts.sys.readDirectory,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
      ...(ts.sys.realpath === undefined ? {} : { realpath: ts.sys.realpath }),
    })
  }

  /** What hovering over a marked place shows, on one line. */
  hover(mark: number): string {
    const position = this.#code.indexOf(`/*${mark}*/`) + `/*${mark}*/`.length
    const info = this.#service.getQuickInfoAtPosition(FILE, position)
    return ts.displayPartsToString(info?.displayParts).replaceAll(/\s+/g, ' ')
  }

  /** What is wrong with it. */
  errors(): string[] {
    const found = [
      ...this.#service.getSyntacticDiagnostics(FILE),
      ...this.#service.getSemanticDiagnostics(FILE),
    ]
    return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
  }
}
