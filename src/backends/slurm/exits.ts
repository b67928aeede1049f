import type { Exit } from '../../core/domain/job.js';
import type { Calls } from '../scheduler/calls.js';
import { readExit, readWaitStatus } from './states.js';

/** Ids of one command line. */
const maxIds = 200;

/**
 * How the scripts of these jobs ended, by the jobs' ids, as the queue knows it as long as it knows them: at once, where
 * the accounting is seconds late. Without those of which it does not know. Source: observed with 22.05.
 *
 * @param ids - Of an array: its number alone stands for all of its tasks.
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
    // The only one asked for may have left the queue meanwhile.
    if (ran.code !== 0) continue;
    for (const line of ran.output.split('\n')) {
      const [, id, text = ''] = /^([\d_+]+)\s+([\d:]+)\s*$/.exec(line) ?? [];
      const exit = readWaitStatus(text) ?? readExit(text);
      if (id !== undefined && exit) exits.set(id, exit);
    }
  }
  return exits;
}
