import { readableName } from '../../lib/byteNames.js';
import { bytesText, countText } from './duration.js';
import type { Added, Choice, Plan } from '../domain/ports.js';
import { printable } from '../../lib/printable.js';
import { looksSecret } from '../../lib/secretNames.js';
import { unreachable } from '../../lib/unreachable.js';

/** The excluded paths of a plan. */
export const leftBehind = (plan: Plan): readonly Choice[] => plan.choices.filter(({ included }) => !included);

/** The included files of a plan, largest first. */
export const largestFirst = (plan: Plan): readonly Choice[] =>
  plan.choices.filter(({ included, type }) => included && type === 'file').sort((a, b) => b.bytes - a.bytes);

/** `142 files, 3.1 MiB (38 excluded)`. */
export function planText(plan: Plan): string {
  const whole = filesText(plan.files, plan.bytes);
  const behind = leftBehind(plan).length;
  if (behind === 0) return whole;
  return behind === 1 ? `${whole} (1 excluded)` : `${whole} (${countText(behind)} excluded)`;
}

const filesText = (count: number, bytes: number): string =>
  count === 1 ? `1 file, ${bytesText(bytes)}` : `${countText(count)} files, ${bytesText(bytes)}`;

/** The rule that excludes a path: `excluded by data/* (.bundleignore:3)`. */
export function ruleText(choice: Choice): string {
  if (choice.ruleFile === undefined) return 'always excluded';
  return `excluded by ${printable(choice.rule ?? '')} (${printable(choice.ruleFile)}:${String(choice.ruleLine ?? 0)})`;
}

/** A file from outside the folder: `.bundle/dev/Shared from /home/ada/Shared · 12 files, 4.0 KiB`. */
export function addedText(added: Added): string {
  const path = printable(added.path);
  const amount = filesText(added.files, added.bytes);
  if (added.from !== undefined) return `${path} from ${printable(added.from)} · ${amount}`;
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
      return unreachable(added.why);
  }
}

/**
 * A plan as text: files from outside the folder; then folders, largest first, with their files, largest
 * first, indented so that folders fold; then excluded paths, each with its rule.
 */
export function bundleListing(plan: Plan): string {
  const warnings = [
    ...plan.warnings,
    ...largestFirst(plan)
      .filter(({ path }) => looksSecret(path))
      .map(({ path }) => `${path} may contain secrets and will be included.`),
  ];
  return [
    `Bundle of ${plan.folder}`,
    planText(plan),
    '',
    ...(warnings.length > 0 ? ['Warnings', ...warnings.map((text) => `  ${printable(text)}`), ''] : []),
    ...besides(plan),
    'Included, largest first',
    ...included(plan),
    '',
    'Excluded',
    ...behind(plan),
    '',
  ].join('\n');
}

function besides({ added = [] }: Plan): readonly string[] {
  if (added.length === 0) return [];
  return ['Added outside the folder', ...added.map((one) => `  ${addedText(one)}`), ''];
}

function included(plan: Plan): readonly string[] {
  const folders = new Map<string, { bytes: number; files: Choice[] }>();
  for (const file of largestFirst(plan)) {
    const name = file.path.slice(0, file.path.lastIndexOf('/') + 1);
    const folder = folders.get(name) ?? { bytes: 0, files: [] };
    folder.bytes += file.bytes;
    folder.files.push(file);
    folders.set(name, folder);
  }
  if (folders.size === 0) return [`  nothing`];
  const order = [...folders].sort(([, a], [, b]) => b.bytes - a.bytes);
  return order.flatMap(([name, { bytes, files }]) => [
    `  ${printable(name === '' ? './' : name)}  ${filesText(files.length, bytes)}`,
    ...files.map((file) => `    ${bytesText(file.bytes).padStart(10)}  ${printable(file.path)}`),
  ]);
}

function behind(plan: Plan): readonly string[] {
  const choices = leftBehind(plan);
  if (choices.length === 0) return [`  nothing`];
  const names = choices.map(({ path, type }) =>
    printable(readableName(type === 'directory' ? `${path}/` : path)),
  );
  const width = names.reduce((most, name) => Math.min(60, Math.max(most, name.length)), 0);
  return choices.map((choice, index) => `  ${(names[index] ?? '').padEnd(width)}  ${ruleText(choice)}`);
}
