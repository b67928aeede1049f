import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** A use of a member of `vscode.window`, or of a class of VS Code that shows texts (`new TreeItem`). */
export interface WindowUse {
  /** Relative to `src`, with `/`. */
  readonly path: string;
  readonly member: string;
}

/** All uses in `src`, or in these files. */
export const membersUsed = (
  sources: readonly (readonly [string, string])[] = allSources(),
): readonly WindowUse[] =>
  sources.flatMap(([path, text]) => usesIn(path, text).map((member) => ({ path, member })));

function allSources(): readonly (readonly [string, string])[] {
  const root = join(import.meta.dirname, '../../../src');
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.ts'))
    .map((path) => [path, readFileSync(join(root, path), 'utf8')] as const);
}

/** Names by which a file imports VS Code's API (`vscode`), its window, and its classes. */
interface Names {
  readonly api: Set<string>;
  readonly window: Set<string>;
  readonly classes: Map<string, string>;
}

function usesIn(path: string, text: string): readonly string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const names = namesIn(source);
  const used = new Set<string>();
  const isWindow = (node: ts.Expression): boolean =>
    (ts.isIdentifier(node) && names.window.has(node.text)) ||
    ((ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) &&
      isApi(node.expression) &&
      nameOf(node) === 'window');
  const isApi = (node: ts.Expression): boolean => ts.isIdentifier(node) && names.api.has(node.text);
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
      if (isWindow(node.expression)) used.add(nameOf(node) ?? 'unknown');
    } else if (ts.isVariableDeclaration(node) && node.initializer && isWindow(node.initializer)) {
      // Destructured or renamed: either way the uses of its members cannot be found.
      const parts = ts.isObjectBindingPattern(node.name) ? node.name.elements : undefined;
      for (const part of parts ?? []) used.add((part.propertyName ?? part.name).getText());
      if (!parts) used.add('unknown');
    } else if (ts.isNewExpression(node)) {
      const made = node.expression;
      if (ts.isPropertyAccessExpression(made) && isApi(made.expression)) used.add(`new ${made.name.text}`);
      if (ts.isIdentifier(made) && names.classes.has(made.text))
        used.add(`new ${names.classes.get(made.text) ?? ''}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...used];
}

/** Undefined: it is computed. */
const nameOf = (node: ts.PropertyAccessExpression | ts.ElementAccessExpression): string | undefined => {
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  return ts.isStringLiteralLike(node.argumentExpression) ? node.argumentExpression.text : undefined;
};

function namesIn(source: ts.SourceFile): Names {
  const names: Names = { api: new Set(), window: new Set(), classes: new Map() };
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    if (statement.moduleSpecifier.text !== 'vscode') continue;
    const clause = statement.importClause;
    if (clause?.name) names.api.add(clause.name.text);
    const bindings = clause?.namedBindings;
    if (bindings && ts.isNamespaceImport(bindings)) names.api.add(bindings.name.text);
    if (bindings && ts.isNamedImports(bindings))
      for (const { name, propertyName } of bindings.elements) {
        const imported = (propertyName ?? name).text;
        if (imported === 'window') names.window.add(name.text);
        else names.classes.set(name.text, imported);
      }
  }
  return names;
}
