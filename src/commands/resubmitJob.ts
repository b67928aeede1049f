import { JobError } from '../core/problem.js';
import type { Ports } from './ports.js';
import { sendOnce } from './submitted.js';
import { target as one } from './target.js';

/** Submits the same frozen content with the same choices once more. */
export async function resubmitJob(rows: readonly string[], ports: Ports): Promise<void> {
  const { ui, desk } = ports;
  const target = await one(rows, 'resubmit', ui.say('Resubmit Job'), ports);
  const resubmit = target?.backend.resubmit;
  if (!target || !resubmit) return;
  if (!desk.trusted()) throw new JobError({ kind: 'untrusted' });
  const { backend, job } = target;
  const title = ui.say('Submitting {0} to {1}', job.name, backend.connection.title);
  await sendOnce(backend, () => ui.progress(title, (signal) => resubmit(job.id, signal)), ports);
}
