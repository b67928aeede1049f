// The processes of a cluster's jobs. They outlive the daemons, so they are ended by what tells whose they are.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { until } from './daemons.mjs';

/**
 * Ends whatever runs for jobs of the cluster in this folder: at once, since nobody wants to know how they end.
 *
 * @param {string} dir
 */
export async function endJobProcesses(dir) {
  await until(() => {
    const left = jobProcesses(dir);
    for (const pid of left)
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended with the one before.
      }
    return left.length === 0;
  }, 'processes of jobs do not end');
}

/** @typedef {{ pid: number, parent: number, isStepManager: boolean, isOfJob: boolean }} Found */

/** The managers of steps, all below them, and what was left by one that has ended. @param {string} dir */
function jobProcesses(dir) {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => look(Number(pid), dir));
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
  const managers = new Set(all.filter((each) => each.isStepManager).map(({ pid }) => pid));
  /** @param {number | undefined} pid @returns {boolean} */
  const isBelow = (pid) => pid !== undefined && (managers.has(pid) || isBelow(parents.get(pid)));
  return all.filter(({ pid, isOfJob }) => isOfJob || isBelow(pid)).map(({ pid }) => pid);
}

/** Nothing: it has ended. @param {number} pid @param {string} dir @returns {readonly Found[]} */
function look(pid, dir) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return [];
    const environ = `\0${readFileSync(`/proc/${pid}/environ`, 'utf8')}`;
    // Seen from outside of a side root, the folder of its processes begins at a mount: only the end of it is sure.
    const isStepManager =
      stat.includes('(slurmstepd') && readlinkSync(`/proc/${pid}/cwd`).endsWith(`/${basename(dir)}/log`);
    const isOfJob = environ.includes('\0SLURM_JOB_ID=') && environ.includes(`\0SLURM_CONF=${dir}/`);
    return [{ pid, parent: Number(parent), isStepManager, isOfJob }];
  } catch {
    // It ended meanwhile.
    return [];
  }
}
