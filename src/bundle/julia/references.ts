import { readToml, tableAt, tablesAt, textAt, type Table } from './toml.js';

/** The kind of a Julia file, which determines how it references packages. */
export type Kind = 'manifest' | 'project';

/** A reference to a package in a manifest, or in the `[sources]` of a project. */
export interface Reference {
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
export function referencesIn(text: string, kind: Kind): readonly Reference[] | undefined {
  const table = readToml(text);
  if (!table) return undefined;
  if (kind === 'project') {
    const sources = tableAt(table, 'sources');
    return Object.keys(sources ?? {}).flatMap((name) => {
      const source = tableAt(sources, name);
      return source ? [reference(name, source, 'url')] : [];
    });
  }
  const byName = 'manifest_format' in table ? tableAt(table, 'deps') : table;
  return Object.keys(byName ?? {}).flatMap((name) =>
    tablesAt(byName, name).map((entry) => reference(name, entry, 'repo-url')),
  );
}

const reference = (name: string, entry: Table, urlKey: string): Reference => ({
  name,
  path: textAt(entry, 'path'),
  url: textAt(entry, urlKey)?.replace(/\/\/[^/@]*@/, '//'),
});

/** A quoted TOML string: basic or literal, on one line. */
const quoted = String.raw`"(?:[^"\\\n]|\\.)*"|'[^'\n]*'`;
const key = String.raw`(?:"([^"\\\n]+)"|'([^'\n]+)'|([^\s"'=.[\]{}#]+))`;
const entryHeader = new RegExp(String.raw`^\s*\[\[\s*(?:deps\s*\.\s*)?${key}\s*\]\]`);
const sourceHeader = new RegExp(String.raw`^\s*\[\s*sources\s*\.\s*${key}\s*\]`);
const sourcesHeader = /^\s*\[\s*sources\s*\]/;
const anyHeader = /^\s*\[/;
const pathLine = new RegExp(String.raw`^(\s*path\s*=\s*)(${quoted})`);
const inlinePath = new RegExp(
  String.raw`^(\s*${key}\s*(?:\.\s*path\s*=\s*|=\s*\{(?:[^"'}\n]|${quoted})*?(?<=[{,\s])path\s*=\s*))(${quoted})`,
);

/**
 * Replaces paths of packages without changing anything else. Source: docs/protocols/juliahub.md, 4.4.
 *
 * @param becomes - Returns the new path for a package's name and path; undefined: unchanged.
 * @returns undefined if the text has a form that no tool writes and that is not supported.
 */
export function withPaths(
  text: string,
  kind: Kind,
  becomes: (name: string, path: string) => string | undefined,
): string | undefined {
  const before = referencesIn(text, kind);
  if (!before) return undefined;
  const written = (kind === 'manifest' ? manifestLines : projectLines)(text, becomes);
  const after = referencesIn(written, kind);
  const isRight =
    after?.length === before.length &&
    before.every(({ name, path }, index) => {
      const wanted = path === undefined ? undefined : (becomes(name, path) ?? path);
      return after[index]?.name === name && after[index].path === wanted;
    });
  return isRight ? written : undefined;
}

type Becomes = (name: string, path: string) => string | undefined;

function manifestLines(text: string, becomes: Becomes): string {
  let name: string | undefined;
  return eachLine(text, (line) => {
    if (anyHeader.test(line)) {
      name = keyOf(entryHeader.exec(line));
      return line;
    }
    return name === undefined ? line : replaced(line, pathLine.exec(line), name, becomes);
  });
}

function projectLines(text: string, becomes: Becomes): string {
  let name: string | undefined;
  let isSources = false;
  return eachLine(text, (line) => {
    if (anyHeader.test(line)) {
      name = keyOf(sourceHeader.exec(line));
      isSources = sourcesHeader.test(line);
      return line;
    }
    if (name !== undefined) return replaced(line, pathLine.exec(line), name, becomes);
    const inline = isSources ? inlinePath.exec(line) : null;
    return replaced(line, inline && without(inline), keyOf(inline, 2) ?? '', becomes);
  });
}

const eachLine = (text: string, change: (line: string) => string): string =>
  text
    .split(/(?<=\n)/)
    .map(change)
    .join('');

/** The quoted or bare key of a header. */
const keyOf = (found: RegExpExecArray | null, at = 1): string | undefined =>
  found?.slice(at, at + 3).find((part: string | undefined) => part !== undefined);

/**
 * The match of a line in a table, reduced to the groups {@link replaced} needs: all, the text before the
 * path, the path.
 */
const without = (found: RegExpExecArray): readonly (string | undefined)[] => [found[0], found[1], found[5]];

function replaced(
  line: string,
  found: readonly (string | undefined)[] | null,
  name: string,
  becomes: Becomes,
): string {
  const [all, before, token] = found ?? [];
  if (all === undefined || before === undefined || token === undefined) return line;
  const path = textAt(readToml(`path = ${token}`), 'path');
  const wanted = path === undefined ? undefined : becomes(name, path);
  return wanted === undefined ? line : before + JSON.stringify(wanted) + line.slice(all.length);
}
