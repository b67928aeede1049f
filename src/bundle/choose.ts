import { resolve } from 'node:path';
import type { Added, Choice, Plan } from '../core/domain/ports.js';
import type { Entry } from './entry.js';
import { choiceOf, isTaken, type Found } from './found.js';
import { graftsAt } from './graft.js';
import { completed, pendingWarnings } from './julia/complete.js';
import type { InnerPackage } from './julia/devPackages.js';
import type { Need } from './julia/need.js';
import { bareParts, juliaParts, type JuliaParts, type Part } from './julia/parts.js';
import type { Outcome } from './julia/report.js';
import { measured } from './measure.js';
import { mergePaths } from './order.js';
import { walkFolder, type Walked } from './walk.js';

/** A plan without its choices (see {@link choicesOf}), and the entries to pack, in the same order. */
export interface Chosen {
  readonly plan: Omit<Plan, 'choices'>;
  readonly entries: readonly Entry[];
  /** The input for {@link complete}; undefined if Julia is not needed. */
  readonly need: Need | undefined;
  /** Path of the active Julia manifest among the entries; undefined if there is none. */
  readonly manifest: string | undefined;
  readonly walked: Walked<Found>;
  readonly julia: JuliaParts | undefined;
}

/**
 * Scans a folder and selects the files of its bundle, according to `.juliabundleignore` files and the
 * dependencies of a Julia project. Blocks the thread. Writes nothing.
 *
 * @throws {@link JobError} of kind `unreadable`. Source: the JuliaHub.jl bundler and Tar.jl, as recorded in
 * `test/fixtures/juliahub-bundler-cases.json`.
 */
export function choose(folder: string): Chosen {
  const root = resolve(folder);
  const julia = juliaParts(root);
  const walked = look(root, graftsOf(julia?.parts ?? []));
  if (julia || !walked.found.some((item) => isTaken(item) && item.path.endsWith('.jl')))
    return chosen(root, walked, julia, julia?.need ? pendingWarnings(julia.need) : []);
  const bare = bareParts(root);
  const added = look(root, graftsOf(bare.parts), { ofRoot: walked.rules });
  return chosen(root, merged(walked, added), bare, []);
}

/**
 * The choices from one index to another. Created on demand: a second list of all paths would need much
 * memory.
 */
export const choicesOf = ({ walked }: Chosen, from = 0, to?: number): readonly Choice[] =>
  walked.found.slice(from, to).map(choiceOf);

/**
 * Adds Julia's result to a plan; everything else is unchanged. Blocks the thread.
 *
 * @throws {@link JobError} of kind `unreadable`.
 */
export function complete(before: Chosen, outcome: Outcome): Chosen {
  const { plan, walked, julia } = before;
  if (!julia?.need) return before;
  const more = completed(julia, julia.need, outcome);
  const found = look(plan.folder, graftsOf(more.parts), { ofRoot: walked.rules });
  const parts = [...julia.parts, ...more.parts];
  const manifest = more.hasManifest ? 'Manifest.toml' : julia.manifest;
  const whole = { ...julia, parts, manifest, need: undefined };
  return chosen(plan.folder, merged(walked, found), whole, more.warnings);
}

function look(...args: Parameters<typeof walkFolder>): Walked<Found> {
  const walked = walkFolder(...args);
  return { ...walked, found: measured(walked.found, args[0]) };
}

const graftsOf = (parts: readonly Part[]): ReturnType<typeof graftsAt> =>
  graftsAt(new Map(parts.map(({ path, graft }) => [path, graft])));

function merged(first: Walked<Found>, second: Walked<Found>): Walked<Found> {
  return {
    found: withoutFilled(mergePaths(first.found, second.found)),
    warnings: [...first.warnings, ...second.warnings],
    dropped: [...first.dropped, ...second.dropped],
    rules: first.rules,
  };
}

/** Removes directories that are no longer empty. */
function withoutFilled(items: readonly Found[]): readonly Found[] {
  return items.filter((item, index) => {
    if (item.type !== 'directory' || !isTaken(item)) return true;
    for (let at = index + 1; ; at++) {
      const next = items[at];
      if (!next?.path.startsWith(`${item.path}/`)) return true;
      if (isTaken(next)) return false;
    }
  });
}

function chosen(
  folder: string,
  walked: Walked<Found>,
  julia: JuliaParts | undefined,
  asked: readonly string[],
): Chosen {
  const entries = walked.found.filter(isTaken);
  const files = entries.filter(({ type }) => type !== 'directory');
  const parts = julia?.parts ?? [];
  const added = addedOf(parts, files);
  const warnings = [
    ...walked.warnings,
    ...(julia?.dev.warnings() ?? []),
    ...(julia?.warnings ?? []),
    ...asked,
    ...lacking(parts, walked.dropped),
    ...lackingInside(julia?.dev.inner() ?? [], walked.found),
  ];
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return {
    plan: {
      folder,
      files: files.length,
      bytes,
      warnings,
      ...(added.length > 0 && { added }),
    },
    entries,
    need: julia?.need,
    manifest: entries.some(({ path }) => path === julia?.manifest) ? julia?.manifest : undefined,
    walked,
    julia,
  };
}

/** The files from outside the folder, except those that a rule excludes. */
function addedOf(parts: readonly Part[], files: readonly Entry[]): readonly Added[] {
  return parts
    .flatMap(({ path, graft, why }): readonly Added[] => {
      const own = files.filter((file) => file.path === path || file.path.startsWith(`${path}/`));
      if (why === undefined || own.length === 0) return [];
      const bytes = own.reduce((sum, file) => sum + file.bytes, 0);
      const from = graft.kind === 'tree' ? { from: graft.from } : {};
      const by = why === 'resolved' ? { by: 'Julia' } : {};
      return [{ path, ...from, files: own.length, bytes, why, ...by }];
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Warnings about required files that a rule excludes. Source: docs/protocols/juliahub.md, 4.3, trap (a). */
function lacking(parts: readonly Part[], dropped: readonly Choice[]): readonly string[] {
  return dropped.flatMap(({ path, rule = '', ruleFile = '', ruleLine = 0 }) => {
    const needed = parts.filter(
      (part) =>
        part.why !== undefined &&
        !part.isOptional &&
        (part.path === path || part.path.startsWith(`${path}/`)),
    );
    if (needed.length === 0) return [];
    const names = [...new Set(needed.map(({ name }) => name))];
    const by = `"${rule}" (${ruleFile}:${String(ruleLine)})`;
    const isBundle = path === '.bundle' || path.startsWith('.bundle/');
    const lines = isBundle ? 'the lines !.bundle/ and !.bundle/*' : `the line !${path}`;
    return [`${by} excludes required files: ${names.join(', ')}. Add ${lines} at the end of ${ruleFile}.`];
  });
}

/** Warnings about packages in the folder that the project uses but a rule excludes. */
function lackingInside(inner: readonly InnerPackage[], found: readonly Found[]): readonly string[] {
  if (inner.length === 0) return [];
  const left = found.flatMap((item) => (isTaken(item) ? [] : [item]));
  return inner.flatMap(({ name, path }) =>
    left
      .filter((item) => item.path === path || path.startsWith(`${item.path}/`))
      .map(({ rule = '.git', ruleFile, ruleLine }) => {
        const where = ruleFile === undefined ? '' : ` (${ruleFile}:${String(ruleLine)})`;
        return `"${rule}"${where} excludes ${path}, which contains the package ${name}.`;
      }),
  );
}
