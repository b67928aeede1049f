import { toReadableName } from '../../lib/byteNames.js';
import { formatBytes, formatCount } from './formatting.js';
import type { BundleAddition, FileDecision, PackPlan } from '../domain/ports.js';
import { sanitize } from '../../lib/sanitize.js';
import { isSecretFileName } from '../../lib/secretNames.js';
import { assertNever } from '../../lib/assertNever.js';

/** The excluded paths of a plan. */
export const listExcluded = (plan: PackPlan): readonly FileDecision[] =>
  plan.decisions.filter(({ included }) => !included);

/** The included files of a plan, largest first. */
export const listIncludedBySize = (plan: PackPlan): readonly FileDecision[] =>
  plan.decisions
    .filter(({ included, type }) => included && type === 'file')
    .sort((a, b) => b.bytes - a.bytes);

/** `142 files, 3.1 MiB (38 excluded)`. */
export function formatPlan(plan: PackPlan): string {
  const whole = formatFileCount(plan.files, plan.bytes);
  const behind = listExcluded(plan).length;
  if (behind === 0) return whole;
  return behind === 1 ? `${whole} (1 excluded)` : `${whole} (${formatCount(behind)} excluded)`;
}

const formatFileCount = (count: number, bytes: number): string =>
  count === 1 ? `1 file, ${formatBytes(bytes)}` : `${formatCount(count)} files, ${formatBytes(bytes)}`;

/** The rule that excludes a path: `excluded by data/* (.bundleignore:3)`. */
export function formatRule(choice: FileDecision): string {
  if (choice.ruleFile === undefined) return 'always excluded';
  return `excluded by ${sanitize(choice.rule ?? '')} (${sanitize(choice.ruleFile)}:${String(choice.ruleLine ?? 0)})`;
}

/** A file from outside the folder: `.bundle/dev/Shared from /home/ada/Shared · 12 files, 4.0 KiB`. */
export function formatAddition(added: BundleAddition): string {
  const path = sanitize(added.path);
  const amount = formatFileCount(added.files, added.bytes);
  if (added.from !== undefined) return `${path} from ${sanitize(added.from)} · ${amount}`;
  switch (added.why) {
    case 'rewritten':
      return `${path} rewritten (bundle only)`;
    case 'created':
      return `${path} created (bundle only)`;
    case 'resolved':
      return `${path} resolved${added.by === undefined ? '' : ` by ${added.by}`} (bundle only)`;
    case 'dev':
    case 'package':
    case 'artifact':
      return `${path} · ${amount}`;
    default:
      return assertNever(added.why);
  }
}

/**
 * A plan as text: files from outside the folder; then folders, largest first, with their files, largest
 * first, indented so that folders fold; then excluded paths, each with its rule.
 */
export function formatBundleListing(plan: PackPlan): string {
  const warnings = [
    ...plan.warnings,
    ...listIncludedBySize(plan)
      .filter(({ path }) => isSecretFileName(path))
      .map(({ path }) => `${path} may contain secrets and will be included.`),
  ];
  return [
    `Bundle of ${plan.folder}`,
    formatPlan(plan),
    '',
    ...(warnings.length > 0 ? ['Warnings', ...warnings.map((text) => `  ${sanitize(text)}`), ''] : []),
    ...formatAdditions(plan),
    'Included, largest first',
    ...formatIncluded(plan),
    '',
    'Excluded',
    ...formatExcluded(plan),
    '',
  ].join('\n');
}

function formatAdditions({ added = [] }: PackPlan): readonly string[] {
  if (added.length === 0) return [];
  return ['Added outside the folder', ...added.map((one) => `  ${formatAddition(one)}`), ''];
}

function formatIncluded(plan: PackPlan): readonly string[] {
  const folders = new Map<string, { bytes: number; files: FileDecision[] }>();
  for (const file of listIncludedBySize(plan)) {
    const name = file.path.slice(0, file.path.lastIndexOf('/') + 1);
    const folder = folders.get(name) ?? { bytes: 0, files: [] };
    folder.bytes += file.bytes;
    folder.files.push(file);
    folders.set(name, folder);
  }
  if (folders.size === 0) return [`  nothing`];
  const order = [...folders].sort(([, a], [, b]) => b.bytes - a.bytes);
  return order.flatMap(([name, { bytes, files }]) => [
    `  ${sanitize(name === '' ? './' : name)}  ${formatFileCount(files.length, bytes)}`,
    ...files.map((file) => `    ${formatBytes(file.bytes).padStart(10)}  ${sanitize(file.path)}`),
  ]);
}

function formatExcluded(plan: PackPlan): readonly string[] {
  const choices = listExcluded(plan);
  if (choices.length === 0) return [`  nothing`];
  const names = choices.map(({ path, type }) =>
    sanitize(toReadableName(type === 'directory' ? `${path}/` : path)),
  );
  const width = names.reduce((most, name) => Math.min(60, Math.max(most, name.length)), 0);
  return choices.map((choice, index) => `  ${(names[index] ?? '').padEnd(width)}  ${formatRule(choice)}`);
}
