import { resolve } from 'node:path';
import type { BundleAddition, FileDecision, PackPlan } from '../core/domain/ports.js';
import type { BundleEntry } from './bundleEntry.js';
import { toFileDecision, isIncludedEntry, type ScannedPath } from './scanResult.js';
import { createOverlay } from './overlay.js';
import { applyResolution, listPendingWarnings } from './julia/applyResolution.js';
import type { InnerPackage } from './julia/devPackages.js';
import type { ResolveTask } from './julia/resolveTask.js';
import { createBareParts, createJuliaParts, type JuliaParts, type BundlePart } from './julia/parts.js';
import type { JuliaRunResult } from './julia/parseResolution.js';
import { statFiles } from './statFiles.js';
import { mergeSortedPaths } from './pathOrder.js';
import { walkFolder, type WalkResult } from './walk.js';

/** A plan without its choices (see {@link listDecisions}), and the entries to pack, in the same order. */
export interface BundlePlan {
  readonly plan: Omit<PackPlan, 'decisions'>;
  readonly entries: readonly BundleEntry[];
  /** The input for {@link completeBundlePlan}; undefined if Julia is not needed. */
  readonly need: ResolveTask | undefined;
  /** Path of the active Julia manifest among the entries; undefined if there is none. */
  readonly manifest: string | undefined;
  readonly walked: WalkResult<ScannedPath>;
  readonly julia: JuliaParts | undefined;
}

/**
 * Scans a folder and selects the files of its bundle, according to `.juliabundleignore` files and the
 * dependencies of a Julia project. Blocks the thread. Writes nothing.
 *
 * @throws {@link JobError} of kind `unreadable`. Source: the JuliaHub.jl bundler and Tar.jl, as recorded in
 * `test/fixtures/juliahub-bundler-cases.json`.
 */
export function planBundle(folder: string): BundlePlan {
  const root = resolve(folder);
  const julia = createJuliaParts(root);
  const walked = walkAndStat(root, toOverlays(julia?.parts ?? []));
  if (julia || !walked.paths.some((item) => isIncludedEntry(item) && item.path.endsWith('.jl')))
    return createBundlePlan(root, walked, julia, julia?.need ? listPendingWarnings(julia.need) : []);
  const bare = createBareParts(root);
  const added = walkAndStat(root, toOverlays(bare.parts), { ofRoot: walked.rules });
  return createBundlePlan(root, mergeWalks(walked, added), bare, []);
}

/**
 * The choices from one index to another. Created on demand: a second list of all paths would need much
 * memory.
 */
export const listDecisions = ({ walked }: BundlePlan, from = 0, to?: number): readonly FileDecision[] =>
  walked.paths.slice(from, to).map(toFileDecision);

/**
 * Adds Julia's result to a plan; everything else is unchanged. Blocks the thread.
 *
 * @throws {@link JobError} of kind `unreadable`.
 */
export function completeBundlePlan(before: BundlePlan, outcome: JuliaRunResult): BundlePlan {
  const { plan, walked, julia } = before;
  if (!julia?.need) return before;
  const more = applyResolution(julia, julia.need, outcome);
  const found = walkAndStat(plan.folder, toOverlays(more.parts), { ofRoot: walked.rules });
  const parts = [...julia.parts, ...more.parts];
  const manifest = more.hasManifest ? 'Manifest.toml' : julia.manifest;
  const whole = { ...julia, parts, manifest, need: undefined };
  return createBundlePlan(plan.folder, mergeWalks(walked, found), whole, more.warnings);
}

function walkAndStat(...args: Parameters<typeof walkFolder>): WalkResult<ScannedPath> {
  const walked = walkFolder(...args);
  return { ...walked, paths: statFiles(walked.paths, args[0]) };
}

const toOverlays = (parts: readonly BundlePart[]): ReturnType<typeof createOverlay> =>
  createOverlay(new Map(parts.map(({ path, graft }) => [path, graft])));

function mergeWalks(
  first: WalkResult<ScannedPath>,
  second: WalkResult<ScannedPath>,
): WalkResult<ScannedPath> {
  return {
    paths: omitFilledFolders(mergeSortedPaths(first.paths, second.paths)),
    warnings: [...first.warnings, ...second.warnings],
    excludedAdditions: [...first.excludedAdditions, ...second.excludedAdditions],
    rules: first.rules,
  };
}

/** Removes directories that are no longer empty. */
function omitFilledFolders(items: readonly ScannedPath[]): readonly ScannedPath[] {
  return items.filter((item, index) => {
    if (item.type !== 'directory' || !isIncludedEntry(item)) return true;
    for (let at = index + 1; ; at++) {
      const next = items[at];
      if (!next?.path.startsWith(`${item.path}/`)) return true;
      if (isIncludedEntry(next)) return false;
    }
  });
}

function createBundlePlan(
  folder: string,
  walked: WalkResult<ScannedPath>,
  julia: JuliaParts | undefined,
  asked: readonly string[],
): BundlePlan {
  const entries = walked.paths.filter(isIncludedEntry);
  const files = entries.filter(({ type }) => type !== 'directory');
  const parts = julia?.parts ?? [];
  const added = listAdditions(parts, files);
  const warnings = [
    ...walked.warnings,
    ...(julia?.dev.warnings() ?? []),
    ...(julia?.warnings ?? []),
    ...asked,
    ...listExcludedParts(parts, walked.excludedAdditions),
    ...listExcludedPackages(julia?.dev.inner() ?? [], walked.paths),
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
function listAdditions(
  parts: readonly BundlePart[],
  files: readonly BundleEntry[],
): readonly BundleAddition[] {
  return parts
    .flatMap(({ path, graft, why }): readonly BundleAddition[] => {
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
function listExcludedParts(
  parts: readonly BundlePart[],
  dropped: readonly FileDecision[],
): readonly string[] {
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
function listExcludedPackages(
  inner: readonly InnerPackage[],
  found: readonly ScannedPath[],
): readonly string[] {
  if (inner.length === 0) return [];
  const left = found.flatMap((item) => (isIncludedEntry(item) ? [] : [item]));
  return inner.flatMap(({ name, path }) =>
    left
      .filter((item) => item.path === path || path.startsWith(`${item.path}/`))
      .map(({ rule = '.git', ruleFile, ruleLine }) => {
        const where = ruleFile === undefined ? '' : ` (${ruleFile}:${String(ruleLine)})`;
        return `"${rule}"${where} excludes ${path}, which contains the package ${name}.`;
      }),
  );
}
