import { readToml, tableAt, tablesAt, textAt, type Table } from './toml.js';

/** Which of Julia's files a text is: they name packages in different ways. */
export type Kind = 'manifest' | 'project';

/** A package as a manifest, or the `[sources]` of a project, points to it. */
export interface Reference {
  readonly name: string;
  /** Of its folder, absolute or relative to the file's folder; undefined: it is not used from a folder. */
  readonly path: string | undefined;
  /** Where it was added from, without a password; undefined: by a registry, or from a folder. */
  readonly url: string | undefined;
}

/**
 * The packages a file points to, in its order; undefined: it is no valid TOML.
 * Source: Pkg.jl documentation, "Project.toml and Manifest.toml", manifest formats 1 and 2, `[sources]`.
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

/** A text of TOML between quotes: basic or literal, on one line. */
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
 * Replaces paths of packages and leaves each other byte as it is. Source: docs/protocols/juliahub.md, 4.4.
 *
 * @param becomes - Given a package's name and path, the path it gets; undefined: it keeps its own.
 * @returns undefined where the text is written in a form that no tool writes and that is not understood here.
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

/** The key a header names, quoted or bare. */
const keyOf = (found: RegExpExecArray | null, at = 1): string | undefined =>
  found?.slice(at, at + 3).find((part: string | undefined) => part !== undefined);

/** The match of a line in a table, reduced to what {@link replaced} reads: all, what is before the path, the path. */
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
