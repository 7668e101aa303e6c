/**
 * Compiles the application in this folder, and prints what is wrong. It does what `tsc` does, but checks
 * of all declaration files only those of the package and of Koa and ioredis, which belong to its types:
 * Node's and the schema libraries' take most of the time of `tsc`, and are not what is tested.
 * `node check.cjs COMPILER`
 */
const ts = require(process.argv[2])

const CHECKED = ['koa-redis-session-sets', '@types/koa', 'ioredis'].map(
  (name) => `/node_modules/${name}/`,
)

const host = {
  ...ts.sys,
  onUnRecoverableConfigFileDiagnostic(diagnostic) {
    throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'))
  },
}
const { fileNames, options, errors } = ts.getParsedCommandLineOfConfigFile(
  'tsconfig.json',
  {},
  host,
)
const program = ts.createProgram(fileNames, options)
const sources = program.getSourceFiles().filter((file) => !file.isDeclarationFile)
const declarations = CHECKED.flatMap((folder) => {
  const files = program.getSourceFiles().filter(({ fileName }) => fileName.includes(folder))
  if (files.length === 0) throw new Error(`No file of ${folder} is in the program`)
  return files
})
const found = [
  ...errors,
  ...program.getOptionsDiagnostics(),
  ...program.getGlobalDiagnostics(),
  ...program.getSyntacticDiagnostics(),
  ...[...sources, ...declarations].flatMap((file) => program.getSemanticDiagnostics(file)),
  // One by one: for all at once it would check all files first.
  ...sources.flatMap((file) => program.emit(file).diagnostics),
]
process.stdout.write(
  ts.formatDiagnostics(found, {
    getCurrentDirectory: ts.sys.getCurrentDirectory,
    getCanonicalFileName: (name) => name,
    getNewLine: () => '\n',
  }),
)
