import type { Ports } from './ports.js';
import { doToAll } from './several.js';
import { targets } from './target.js';

type RemoveJobDeps = Pick<Ports, 'ui' | 'jobs' | 'logs' | 'clock'>;

/** Deletes finished jobs with their logs, results, and files, after confirmation. */
export async function removeJobs(rows: readonly string[], ports: RemoveJobDeps): Promise<void> {
  const { ui, jobs, logs, clock } = ports;
  const chosen = await targets(rows, 'remove', 'Delete Job', jobs, ui, clock);
  const [first] = chosen;
  if (!first) return;
  const button = chosen.length === 1 ? 'Delete Job' : `Delete ${String(chosen.length)} Jobs`;
  const question =
    chosen.length === 1 ? `Delete ${first.job.name}?` : `Delete ${String(chosen.length)} jobs?`;
  const detail =
    chosen.length === 1
      ? 'Its log, results, and files are deleted permanently.'
      : 'Their logs, results, and files are deleted permanently.';
  if ((await ui.ask(question, detail, [button])) !== button) return;
  await doToAll(chosen, `Deleting ${first.job.name}`, ports, async (target, signal) => {
    await target.backend.control?.delete?.(target.job.id, signal);
    logs.forget(target);
  });
}
