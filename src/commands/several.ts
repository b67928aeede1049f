import type { Ports } from './ports.js';
import type { Target } from './target.js';

/** What it needs of the editor and of the jobs. */
type SeveralDeps = Pick<Ports, 'ui' | 'jobs'>;

/**
 * Does something to several jobs at once, each once, then looks again at their connections. One that fails does not
 * keep it from the others; the first failure is thrown in the end.
 */
export async function doToAll(
  targets: readonly Target[],
  title: string,
  { ui, jobs }: SeveralDeps,
  act: (target: Target, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  await ui.progress(title, async (signal) => {
    const ends = await Promise.allSettled(targets.map((target) => act(target, signal)));
    const connections = new Set(targets.map(({ backend }) => backend.connection.id));
    await Promise.all([...connections].map((id) => jobs.refresh(id)));
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
  });
}
