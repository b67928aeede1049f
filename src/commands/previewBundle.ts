import { bundleListing } from '../core/presentation/bundleListing.js';
import type { Ports } from './ports.js';

type PreviewBundleDeps = Pick<Ports, 'ui' | 'desk' | 'bundler'>;

/** Shows which files of a folder a bundle would include and why others are excluded. Sends nothing. */
export async function previewBundle(resource: unknown, ports: PreviewBundleDeps): Promise<void> {
  const { ui, desk, bundler } = ports;
  const open = await desk.folder(resource);
  if (!open) return;
  const { folder } = open;
  const plan = await ui.progress(`Scanning ${folder}`, (signal) => bundler.plan(folder, signal));
  const name = folder.split(/[\\/]/).filter(Boolean).at(-1) ?? folder;
  await ui.show({
    title: `Bundle of ${name}.txt`,
    about: plan.folder,
    text: bundleListing(plan),
  });
}
