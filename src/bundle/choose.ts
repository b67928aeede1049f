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

/** A plan but for its choices, which {@link choicesOf} gives, and in their order what is to be packed. */
export interface Chosen {
  readonly plan: Omit<Plan, 'choices'>;
  readonly entries: readonly Entry[];
  /** What only julia can find out, for {@link complete}; undefined: nothing. */
  readonly need: Need | undefined;
  /** Path of the Julia manifest in use among the entries; undefined: none is. */
  readonly manifest: string | undefined;
  readonly walked: Walked<Found>;
  readonly julia: JuliaParts | undefined;
}

/**
 * Looks at a folder and chooses what goes into its bundle, by `.juliabundleignore` files and by what a Julia project in
 * it needs from elsewhere; blocks its thread. Writes nothing.
 *
 * @throws {@link JobError} of kind `unreadable`.
 * Source: the JuliaHub.jl bundler and Tar.jl, as recorded in `test/fixtures/juliahub-bundler-cases.json`.
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

/** What becomes of the paths that were met, from one to another: made anew, since a second list of all takes much room. */
export const choicesOf = ({ walked }: Chosen, from = 0, to?: number): readonly Choice[] =>
  walked.found.slice(from, to).map(choiceOf);

/**
 * What was chosen with what julia found; all else stays as it was seen. Blocks its thread.
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

/** Without the directories that were empty and are not any more. */
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

/** What goes besides the folder; not what a rule keeps out. */
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

/** Says what a job lacks since a rule keeps it out. Source: docs/protocols/juliahub.md, 4.3, trap (a). */
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
    return [
      `${by} keeps out what the job needs: ${names.join(', ')}. Add ${lines} at the end of ${ruleFile}.`,
    ];
  });
}

/** Says which packages of the folder itself a rule keeps out though the project uses them. */
function lackingInside(inner: readonly InnerPackage[], found: readonly Found[]): readonly string[] {
  if (inner.length === 0) return [];
  const left = found.flatMap((item) => (isTaken(item) ? [] : [item]));
  return inner.flatMap(({ name, path }) =>
    left
      .filter((item) => item.path === path || path.startsWith(`${item.path}/`))
      .map(({ rule = '.git', ruleFile, ruleLine }) => {
        const where = ruleFile === undefined ? '' : ` (${ruleFile}:${String(ruleLine)})`;
        return `"${rule}"${where} keeps out ${path}, where the project has ${name}.`;
      }),
  );
}
