import { parseToml, getTable, getTables, getText, type TomlTable } from './toml.js';

/** The kind of a Julia file, which determines how it references packages. */
export type JuliaFileKind = 'manifest' | 'project';

/** A reference to a package in a manifest, or in the `[sources]` of a project. */
export interface PackageReference {
  readonly name: string;
  /**
   * Path of its folder, absolute or relative to the file's folder; undefined if it is not used from a folder.
   */
  readonly path: string | undefined;
  /** The URL it was added from, without a password; undefined for registered packages and folders. */
  readonly url: string | undefined;
}

/**
 * The references of a file, in order; undefined if it is not valid TOML. Source: Pkg.jl documentation,
 * "Project.toml and Manifest.toml", manifest formats 1 and 2, `[sources]`.
 */
export function parseReferences(text: string, kind: JuliaFileKind): readonly PackageReference[] | undefined {
  const table = parseToml(text);
  if (!table) return undefined;
  if (kind === 'project') {
    const sources = getTable(table, 'sources');
    return Object.keys(sources ?? {}).flatMap((name) => {
      const source = getTable(sources, name);
      return source ? [toReference(name, source, 'url')] : [];
    });
  }
  const byName = 'manifest_format' in table ? getTable(table, 'deps') : table;
  return Object.keys(byName ?? {}).flatMap((name) =>
    getTables(byName, name).map((entry) => toReference(name, entry, 'repo-url')),
  );
}

const toReference = (name: string, entry: TomlTable, urlKey: string): PackageReference => ({
  name,
  path: getText(entry, 'path'),
  url: getText(entry, urlKey)?.replace(/\/\/[^/@]*@/, '//'),
});

/** A quoted TOML string: basic or literal, on one line. */
const quotedPattern = String.raw`"(?:[^"\\\n]|\\.)*"|'[^'\n]*'`;
const tomlKeyPattern = String.raw`(?:"([^"\\\n]+)"|'([^'\n]+)'|([^\s"'=.[\]{}#]+))`;
const entryHeaderPattern = new RegExp(String.raw`^\s*\[\[\s*(?:deps\s*\.\s*)?${tomlKeyPattern}\s*\]\]`);
const sourceHeaderPattern = new RegExp(String.raw`^\s*\[\s*sources\s*\.\s*${tomlKeyPattern}\s*\]`);
const sourcesHeaderPattern = /^\s*\[\s*sources\s*\]/;
const anyHeaderPattern = /^\s*\[/;
const pathLinePattern = new RegExp(String.raw`^(\s*path\s*=\s*)(${quotedPattern})`);
const inlinePathPattern = new RegExp(
  String.raw`^(\s*${tomlKeyPattern}\s*(?:\.\s*path\s*=\s*|=\s*\{(?:[^"'}\n]|${quotedPattern})*?(?<=[{,\s])path\s*=\s*))(${quotedPattern})`,
);

/**
 * Replaces paths of packages without changing anything else. Source: docs/protocols/juliahub.md, 4.4.
 *
 * @param becomes - Returns the new path for a package's name and path; undefined: unchanged.
 * @returns undefined if the text has a form that no tool writes and that is not supported.
 */
export function replacePaths(
  text: string,
  kind: JuliaFileKind,
  becomes: (name: string, path: string) => string | undefined,
): string | undefined {
  const before = parseReferences(text, kind);
  if (!before) return undefined;
  const written = (kind === 'manifest' ? replaceManifestPaths : replaceProjectPaths)(text, becomes);
  const after = parseReferences(written, kind);
  const isRight =
    after?.length === before.length &&
    before.every(({ name, path }, index) => {
      const wanted = path === undefined ? undefined : (becomes(name, path) ?? path);
      return after[index]?.name === name && after[index].path === wanted;
    });
  return isRight ? written : undefined;
}

type PathReplacer = (name: string, path: string) => string | undefined;

function replaceManifestPaths(text: string, becomes: PathReplacer): string {
  let name: string | undefined;
  return mapLines(text, (line) => {
    if (anyHeaderPattern.test(line)) {
      name = getHeaderKey(entryHeaderPattern.exec(line));
      return line;
    }
    return name === undefined ? line : replaceLinePath(line, pathLinePattern.exec(line), name, becomes);
  });
}

function replaceProjectPaths(text: string, becomes: PathReplacer): string {
  let name: string | undefined;
  let isSources = false;
  return mapLines(text, (line) => {
    if (anyHeaderPattern.test(line)) {
      name = getHeaderKey(sourceHeaderPattern.exec(line));
      isSources = sourcesHeaderPattern.test(line);
      return line;
    }
    if (name !== undefined) return replaceLinePath(line, pathLinePattern.exec(line), name, becomes);
    const inline = isSources ? inlinePathPattern.exec(line) : null;
    return replaceLinePath(line, inline && splitMatch(inline), getHeaderKey(inline, 2) ?? '', becomes);
  });
}

const mapLines = (text: string, change: (line: string) => string): string =>
  text
    .split(/(?<=\n)/)
    .map(change)
    .join('');

/** The quoted or bare key of a header. */
const getHeaderKey = (found: RegExpExecArray | null, at = 1): string | undefined =>
  found?.slice(at, at + 3).find((part: string | undefined) => part !== undefined);

/**
 * The match of a line in a table, reduced to the groups {@link replaceLinePath} needs: all, the text before the
 * path, the path.
 */
const splitMatch = (found: RegExpExecArray): readonly (string | undefined)[] => [
  found[0],
  found[1],
  found[5],
];

function replaceLinePath(
  line: string,
  found: readonly (string | undefined)[] | null,
  name: string,
  becomes: PathReplacer,
): string {
  const [all, before, token] = found ?? [];
  if (all === undefined || before === undefined || token === undefined) return line;
  const path = getText(parseToml(`path = ${token}`), 'path');
  const wanted = path === undefined ? undefined : becomes(name, path);
  return wanted === undefined ? line : before + JSON.stringify(wanted) + line.slice(all.length);
}
