import type { OpenFolder } from './editorContext.js';
import { isSecretFileName } from '../lib/secretNames.js';
import { sanitize } from '../lib/sanitize.js';
import { formatBytes, formatCount } from '../core/presentation/formatting.js';
import {
  formatBundleListing,
  listIncludedBySize,
  formatPlan,
  formatAddition,
  listExcluded,
} from '../core/presentation/bundleListing.js';
import type { PackPlan } from '../core/domain/ports.js';
import type { CommandDeps } from './commandDeps.js';
import type { ReviewLine } from './review.js';

type BundleReviewDeps = Pick<CommandDeps, 'ui' | 'disk' | 'language'>;

/** The review's lines for a bundle. `exclude` is called for files that may contain secrets. */
export function createBundleLines(
  plan: PackPlan,
  exclude: (path: string) => Promise<void>,
  ports: BundleReviewDeps,
): readonly ReviewLine[] {
  const { ui } = ports;
  const show = (): Promise<void> =>
    ui.show({
      title: `Bundle of ${getBaseName(plan.folder)}.txt`,
      about: plan.folder,
      text: formatBundleListing(plan),
    });
  const largest = listIncludedBySize(plan)
    .slice(0, 3)
    .map(({ path, bytes }) => `${sanitize(path)} (${formatBytes(bytes)})`);
  const secrets = listIncludedBySize(plan).filter(({ path }) => isSecretFileName(path));
  return [
    {
      label: 'Bundle',
      text: formatPlan(plan),
      run: show,
      opensDocument: true,
    },
    { label: 'Largest', text: largest.join(', '), run: show, opensDocument: true },
    ...(plan.added ?? []).map((added) => ({ label: 'Added', text: formatAddition(added) })),
    { label: 'Show Files', text: formatFileSummary(plan, ports), run: show, opensDocument: true },
    ...secrets.map(({ path }) => ({
      label: `Exclude ${sanitize(path)}…`,
      text: 'It may contain secrets and will be included.',
      warning: true as const,
      run: () => exclude(path),
    })),
    ...plan.warnings.map((text) => ({
      label: 'Warning',
      text: sanitize(text),
      warning: true as const,
    })),
  ];
}

function formatFileSummary(plan: PackPlan, { ui: {} }: BundleReviewDeps): string {
  const behind = listExcluded(plan).length;
  if (behind === 0) return 'each file with its size';
  return behind === 1
    ? 'each file, and 1 excluded path'
    : `each file, and ${formatCount(behind)} excluded paths`;
}

/**
 * Adds a rule to the ignore file after confirmation; true: it was added, so the folder has to be scanned
 * again.
 */
export async function confirmExclude(
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
  const answer = await ui.confirm(
    `Exclude ${path} from bundles?`,
    `A rule is added to the ${ignoreFileName} file that applies to it.`,
    [add],
  );
  if (answer !== add) return false;
  await disk.appendIgnoreRule(open.folder, path, ignoreFileName);
  return true;
}

/** The last part of a path with slashes or backslashes. */
export const getBaseName = (path: string): string => path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;
