import { parseTime } from '../scheduler/times.js';

/** The scheduler's estimate for a trial submission. Undefined if unknown. */
export interface StartEstimate {
  /** Slurm can report a time many years ahead if it has no estimate; it is omitted. */
  readonly start: Date | undefined;
  readonly cpus: number | undefined;
  /** Node names, as Slurm shortens them: `n[1-2]`. */
  readonly nodeList: string | undefined;
  readonly partition: string | undefined;
}

/**
 * Parses the stderr of `sbatch --test-only` for an acceptable job: `sbatch: Job 37 to start at 2026-11-21T09:34:50
 * using 1 processors on nodes n3 in partition closed`. Source: observed with 22.05 to 26.05.
 *
 * @returns undefined if it has no such line.
 */
export function parseEstimate(stderr: string): StartEstimate | undefined {
  const line = stderr.split('\n').findLast((one) => /\bJob \d+ to start at /.test(one));
  if (line === undefined) return undefined;
  const [, start = ''] = /to start at (\S+)/.exec(line) ?? [];
  const [, cpus] = /using (\d+) processors/.exec(line) ?? [];
  return {
    start: parseTime(start),
    cpus: cpus === undefined ? undefined : Number(cpus),
    nodeList: /on nodes (\S+)/.exec(line)?.[1],
    partition: /in partition (\S+)/.exec(line)?.[1],
  };
}
