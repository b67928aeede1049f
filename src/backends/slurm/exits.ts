import type { Exit } from '../../core/domain/job.js';
import type { Calls } from '../scheduler/calls.js';
import { readExit, readWaitStatus } from './states.js';

/** The maximum number of IDs on one command line. */
const maxIds = 200;

/**
 * The exits of these jobs' scripts by job ID, as long as the queue has them: immediately, whereas the accounting is
 * seconds late. Unknown exits are omitted. Source: observed with 22.05.
 *
 * @param ids - The number of an array selects all its tasks.
 */
export async function askExits(
  calls: Calls,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Exit>> {
  const exits = new Map<string, Exit>();
  for (let at = 0; at < ids.length; at += maxIds) {
    const jobs = ids.slice(at, at + maxIds).join(',');
    const argv = [
      'squeue',
      '--noheader',
      '--states=all',
      `--jobs=${jobs}`,
      '--Format=JobArrayID:64,exit_code:32',
    ];
    const ran = await calls.ask(argv, signal);
    // A single job can have left the queue in the meantime.
    if (ran.code !== 0) continue;
    for (const line of ran.output.split('\n')) {
      const [, id, text = ''] = /^([\d_+]+)\s+([\d:]+)\s*$/.exec(line) ?? [];
      const exit = readWaitStatus(text) ?? readExit(text);
      if (id !== undefined && exit) exits.set(id, exit);
    }
  }
  return exits;
}
