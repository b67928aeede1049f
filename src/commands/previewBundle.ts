import { formatBundleListing } from '../core/presentation/bundleListing.js';
import type { CommandDeps } from './commandDeps.js';

type PreviewBundleDeps = Pick<CommandDeps, 'ui' | 'desk' | 'bundler'>;

/** Shows which files of a folder a bundle would include and why others are excluded. Sends nothing. */
export async function previewBundle(resource: unknown, ports: PreviewBundleDeps): Promise<void> {
  const { ui, desk, bundler } = ports;
  const open = await desk.getFolder(resource);
  if (!open) return;
  const { folder } = open;
  const plan = await ui.progress(`Scanning ${folder}`, (signal) => bundler.plan(folder, signal));
  const name = folder.split(/[\\/]/).filter(Boolean).at(-1) ?? folder;
  await ui.show({
    title: `Bundle of ${name}.txt`,
    about: plan.folder,
    text: formatBundleListing(plan),
  });
}
