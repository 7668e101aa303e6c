import ts from 'typescript'

/** The types that a module exports, by name: how many parameters each takes, and what it is. */
export type ExportedTypes = Map<string, { parameters: number; type: ts.Type }>

/** Reads declaration files in one program, so that what is the same type is the same object. */
export function readTypes(files: string[]): ExportedTypes[] {
  const options = { module: ts.ModuleKind.NodeNext, skipLibCheck: true, noEmit: true }
  const program = ts.createProgram(files, options)
  const checker = program.getTypeChecker()

  const read = (symbol: ts.Symbol): [string, { parameters: number; type: ts.Type }][] => {
    const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0
    const target = isAlias ? checker.getAliasedSymbol(symbol) : symbol
    if ((target.flags & ts.SymbolFlags.Type) === 0) return []
    const parameters = (target.declarations ?? []).map((declaration) =>
      ts.isClassLike(declaration) ||
      ts.isInterfaceDeclaration(declaration) ||
      ts.isTypeAliasDeclaration(declaration)
        ? (declaration.typeParameters?.length ?? 0)
        : 0,
    )
    const type = checker.getDeclaredTypeOfSymbol(target)
    return [[symbol.name, { parameters: Math.max(...parameters), type }]]
  }

  return files.map((file) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file)!)
    return new Map(checker.getExportsOfModule(module!).flatMap(read))
  })
}
