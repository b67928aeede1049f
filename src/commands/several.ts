import type { Ports } from './ports.js';
import type { Target } from './target.js';

type SeveralDeps = Pick<Ports, 'ui' | 'jobs'>;

/**
 * Runs an action on several jobs concurrently, once per job, then refreshes their connections. A failure does
 * not affect the other jobs; the first one is thrown at the end.
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
