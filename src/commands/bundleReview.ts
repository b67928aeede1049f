import type { OpenFolder } from './desk.js';
import { looksSecret } from '../lib/secretNames.js';
import { printable } from '../lib/printable.js';
import { bytesText, countText } from '../core/presentation/duration.js';
import {
  bundleListing,
  largestFirst,
  planText,
  addedText,
  leftBehind,
} from '../core/presentation/bundleListing.js';
import type { Plan } from '../core/domain/ports.js';
import type { Ports } from './ports.js';
import type { Line } from './review.js';

type BundleReviewDeps = Pick<Ports, 'ui' | 'disk' | 'language'>;

/** The review's lines for a bundle. `exclude` is called for files that may contain secrets. */
export function bundleLines(
  plan: Plan,
  exclude: (path: string) => Promise<void>,
  ports: BundleReviewDeps,
): readonly Line[] {
  const { ui } = ports;
  const show = (): Promise<void> =>
    ui.show({
      title: `Bundle of ${baseName(plan.folder)}.txt`,
      about: plan.folder,
      text: bundleListing(plan),
    });
  const largest = largestFirst(plan)
    .slice(0, 3)
    .map(({ path, bytes }) => `${printable(path)} (${bytesText(bytes)})`);
  const secrets = largestFirst(plan).filter(({ path }) => looksSecret(path));
  return [
    {
      label: 'Bundle',
      text: planText(plan),
      run: show,
      opens: true,
    },
    { label: 'Largest', text: largest.join(', '), run: show, opens: true },
    ...(plan.added ?? []).map((added) => ({ label: 'Added', text: addedText(added) })),
    { label: 'Show Files', text: filesWords(plan, ports), run: show, opens: true },
    ...secrets.map(({ path }) => ({
      label: `Exclude ${printable(path)}…`,
      text: 'It may contain secrets and will be included.',
      warning: true as const,
      run: () => exclude(path),
    })),
    ...plan.warnings.map((text) => ({
      label: 'Warning',
      text: printable(text),
      warning: true as const,
    })),
  ];
}

function filesWords(plan: Plan, { ui: {} }: BundleReviewDeps): string {
  const behind = leftBehind(plan).length;
  if (behind === 0) return 'each file with its size';
  return behind === 1
    ? 'each file, and 1 excluded path'
    : `each file, and ${countText(behind)} excluded paths`;
}

/**
 * Adds a rule to the ignore file after confirmation; true: it was added, so the folder has to be scanned
 * again.
 */
export async function excludeAsked(
  open: OpenFolder,
  path: string,
  ports: BundleReviewDeps,
): Promise<boolean> {
  const {
    ui,
    disk,
    language: { ignoreFileName },
  } = ports;
  const add = 'Add Rule';
  const answer = await ui.ask(
    `Exclude ${path} from bundles?`,
    `A rule is added to the ${ignoreFileName} file that applies to it.`,
    [add],
  );
  if (answer !== add) return false;
  await disk.exclude(open.folder, path, ignoreFileName);
  return true;
}

/** The last part of a path with slashes or backslashes. */
export const baseName = (path: string): string => path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;
