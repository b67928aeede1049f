import type { CommandDeps } from './commandDeps.js';
import { runBulkAction } from './bulkAction.js';
import { resolveTargets } from './resolveTargets.js';

type DeleteJobDeps = Pick<CommandDeps, 'ui' | 'jobs' | 'logs' | 'clock'>;

/** Deletes finished jobs with their logs, results, and files, after confirmation. */
export async function deleteJobs(rows: readonly string[], ports: DeleteJobDeps): Promise<void> {
  const { ui, jobs, logs, clock } = ports;
  const chosen = await resolveTargets(rows, 'remove', 'Delete Job', jobs, ui, clock);
  const [first] = chosen;
  if (!first) return;
  const button = chosen.length === 1 ? 'Delete Job' : `Delete ${String(chosen.length)} Jobs`;
  const question =
    chosen.length === 1 ? `Delete ${first.job.name}?` : `Delete ${String(chosen.length)} jobs?`;
  const detail =
    chosen.length === 1
      ? 'Its log, results, and files are deleted permanently.'
      : 'Their logs, results, and files are deleted permanently.';
  if ((await ui.confirm(question, detail, [button])) !== button) return;
  await runBulkAction(chosen, `Deleting ${first.job.name}`, ports, async (target, signal) => {
    await target.backend.control?.delete?.(target.job.id, signal);
    logs.forget(target);
  });
}
