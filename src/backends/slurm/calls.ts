import type { Clock } from '../../core/ports.js';
import { JobError } from '../../core/problem.js';
import type { Say } from '../../core/say.js';
import type { Command, Host } from '../hosts/host.js';
import { run, type Ran } from '../hosts/run.js';

/** Runs Slurm's programs where they are. */
export interface Calls {
  readonly place: string;
  readonly host: Host;
  /** Runs one that only reads: in UTC, in English, unaffected by the user's own defaults. */
  readonly ask: (argv: readonly string[], signal: AbortSignal, ms?: number) => Promise<Ran>;
  /** Runs one that changes something, in the user's own time zone. Never repeated. */
  readonly tell: (
    argv: readonly string[],
    signal: AbortSignal,
    env?: Readonly<Record<string, string>>,
  ) => Promise<Ran>;
}

/**
 * Without a controller a command takes about 9 s until it says so, without a configuration a minute; then it will not
 * answer. Source: reference slurm.md, 2.
 */
const askMs = 45_000;
const tellMs = 120_000;

/** Variables that change what Slurm's programs do or print. Source: reference slurm.md, 2. */
const misleading = [
  'SQUEUE_*',
  'SACCT_*',
  'SCANCEL_*',
  'SINFO_*',
  'SCONTROL_*',
  'SLURM_CLUSTERS',
  'SLURM_TIME_FORMAT',
  'SLURM_EXIT_ERROR',
  'SLURM_BITSTR_LEN',
];

/** They override what the script itself asks for. */
const overriding = ['SBATCH_*', 'SLURM_JOB_*', 'SLURM_ARRAY_*', 'SLURM_CLUSTERS', 'SLURM_EXIT_ERROR'];

const english = { LC_ALL: 'C' };
const asked = { ...english, TZ: 'UTC0', SLURM_TIME_FORMAT: 'standard', SLURM_BITSTR_LEN: '0' };

/** @param bin - Where Slurm's programs are on the host, absolute; empty: on its PATH. */
export function slurmCalls(options: {
  readonly host: Host;
  readonly place: string;
  readonly bin: string;
  readonly clock: Clock;
  readonly say: Say;
}): Calls {
  const { host, place, bin, clock, say } = options;
  const path = bin === '' ? {} : { path: bin };
  const found = async (command: Command, ms: number, signal: AbortSignal): Promise<Ran> => {
    try {
      return await run(host, { ...command, ...path }, { ms, clock }, signal);
    } catch (error) {
      throw withAdvice(error, command, place, say);
    }
  };
  return {
    place,
    host,
    ask: (argv, signal, ms = askMs) => found({ argv, env: asked, without: misleading }, ms, signal),
    tell: (argv, signal, env = {}) =>
      found({ argv, env: { ...english, ...env }, without: overriding }, tellMs, signal),
  };
}

/** A program of Slurm that is not found may be elsewhere on the host. */
function withAdvice(error: unknown, { argv }: Command, place: string, say: Say): unknown {
  const [program = ''] = argv;
  if (!(error instanceof JobError) || error.problem.kind !== 'missingTool' || error.problem.tool !== program)
    return error;
  const words = say(
    'there is no program {0} on the PATH. If Slurm is installed elsewhere, name its folder in the connection ("bin" in batchJobs.connections).',
    program,
  );
  return new JobError({ kind: 'refused', place, words }, { cause: error });
}
