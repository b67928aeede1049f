import type { ExitStatus } from '../../core/domain/job.js';
import type { SchedulerCalls } from '../scheduler/schedulerCalls.js';
import { parseExit, parseWaitStatus } from './states.js';

/** The maximum number of IDs on one command line. */
const maxIds = 200;

/**
 * The exits of these jobs' scripts by job ID, as long as the queue has them: immediately, whereas the accounting is
 * seconds late. Unknown exits are omitted. Source: observed with 22.05.
 *
 * @param ids - The number of an array selects all its tasks.
 */
export async function fetchExits(
  calls: SchedulerCalls,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ExitStatus>> {
  const exits = new Map<string, ExitStatus>();
  for (let at = 0; at < ids.length; at += maxIds) {
    const jobs = ids.slice(at, at + maxIds).join(',');
    const argv = [
      'squeue',
      '--noheader',
      '--states=all',
      `--jobs=${jobs}`,
      '--Format=JobArrayID:64,exit_code:32',
    ];
    const ran = await calls.query(argv, signal);
    // A single job can have left the queue in the meantime.
    if (ran.code !== 0) continue;
    for (const line of ran.output.split('\n')) {
      const [, id, text = ''] = /^([\d_+]+)\s+([\d:]+)\s*$/.exec(line) ?? [];
      const exit = parseWaitStatus(text) ?? parseExit(text);
      if (id !== undefined && exit) exits.set(id, exit);
    }
  }
  return exits;
}
