import type { CommandDeps } from './commandDeps.js';
import type { JobTarget } from './resolveTargets.js';

type BulkActionDeps = Pick<CommandDeps, 'ui' | 'jobs'>;

/**
 * Runs an action on several jobs concurrently, once per job, then refreshes their connections. A failure does
 * not affect the other jobs; the first one is thrown at the end.
 */
export async function runBulkAction(
  targets: readonly JobTarget[],
  title: string,
  { ui, jobs }: BulkActionDeps,
  act: (target: JobTarget, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  await ui.progress(title, async (signal) => {
    const ends = await Promise.allSettled(targets.map((target) => act(target, signal)));
    const connections = new Set(targets.map(({ backend }) => backend.connection.id));
    await Promise.all([...connections].map((id) => jobs.refresh(id)));
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
  });
}
