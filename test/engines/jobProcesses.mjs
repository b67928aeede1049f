// The processes of a cluster's jobs. They outlive the daemons, so they are identified by their owner and
// terminated.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { until } from './daemons.mjs';

/**
 * Kills all processes of the jobs of the cluster in this folder immediately: their outcome does not matter.
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
        // It exited with the previous one.
      }
    return left.length === 0;
  }, 'job processes do not exit');
}

/** @typedef {{ pid: number, parent: number, isStepManager: boolean, isOfJob: boolean }} Found */

/**
 * The step managers, their descendants, and processes left by a manager that has exited.
 *
 * @param {string} dir
 */
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

/** Empty: it has exited. @param {number} pid @param {string} dir @returns {readonly Found[]} */
function look(pid, dir) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return [];
    const environ = `\0${readFileSync(`/proc/${pid}/environ`, 'utf8')}`;
    // From outside a side root, its folder appears with a mount prefix: only the end of the path is reliable.
    const isStepManager =
      stat.includes('(slurmstepd') && readlinkSync(`/proc/${pid}/cwd`).endsWith(`/${basename(dir)}/log`);
    const isOfJob = environ.includes('\0SLURM_JOB_ID=') && environ.includes(`\0SLURM_CONF=${dir}/`);
    return [{ pid, parent: Number(parent), isStepManager, isOfJob }];
  } catch {
    // It exited meanwhile.
    return [];
  }
}
