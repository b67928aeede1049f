import type { Clock } from '../../core/domain/ports.js';
import { JobError } from '../../core/domain/problem.js';
import type { Say } from '../../lib/say.js';
import type { Command, Host } from '../../remote/host.js';
import { run, type Ran } from '../../remote/run.js';

/** Runs Slurm's programs where they are. */
export interface Calls {
  readonly place: string;
  readonly host: Host;
  /** Runs one that only reads: in UTC, in English, unaffected by the user's own defaults. */
  readonly ask: (
    argv: readonly string[],
    signal: AbortSignal,
    ms?: number,
    env?: Readonly<Record<string, string>>,
  ) => Promise<Ran>;
  /** Runs one that changes something, with the user's own time zone and language, which a job inherits. Never repeated. */
  readonly tell: (
    argv: readonly string[],
    signal: AbortSignal,
    env?: Readonly<Record<string, string>>,
  ) => Promise<Ran>;
  /** Runs one that is none of Slurm's, with the user's environment as it is. */
  readonly look: (argv: readonly string[], signal: AbortSignal) => Promise<Ran>;
}

/**
 * Without a controller a command takes about 9 s until it says so, without a configuration a minute; then it will not
 * answer. Source: docs/protocols/slurm.md, 2.
 */
const askMs = 45_000;
const tellMs = 120_000;

/**
 * They keep a submission open, have it say other things, or send it to a cluster where its job would not be found. All
 * other variables of sbatch are a user's or a site's defaults, and count. Source: sbatch(1), "INPUT ENVIRONMENT VARIABLES".
 */
export const misguiding = [
  ...['SBATCH_WAIT', 'SBATCH_CLUSTERS', 'SLURM_CLUSTERS', 'SBATCH_TEST_ONLY', 'SBATCH_PARSABLE'],
  ...['SBATCH_DEBUG', 'SBATCH_VERBOSE', 'SBATCH_QUIET'],
];

/**
 * They change what is done; where this runs within a job, what that job has would be handed on to the next one. Source:
 * docs/protocols/slurm.md, 2; sbatch(1), "OUTPUT ENVIRONMENT VARIABLES".
 */
const overriding = [
  ...misguiding,
  ...['SBATCH_CPU_BIND*', 'SBATCH_MEM_BIND*', 'SCANCEL_*', 'SCONTROL_*', 'SLURM_EXIT_ERROR'],
  ...['SLURM_EXPORT_ENV', 'SLURM_DEBUG*', 'SLURM_JSON', 'SLURM_YAML'],
  ...['SLURM_JOB*', 'SLURM_ARRAY_*', 'SLURM_STEP*', 'SLURM_HET_*', 'SLURM_TASK*', 'SLURM_CPU*'],
  ...['SLURM_MEM_*', 'SLURM_N*', 'SLURM_GPU*', 'SLURM_TRES_*', 'SLURM_SUBMIT_*', 'SLURM_DISTRIBUTION'],
];

/** Variables that besides change what is printed. Source: docs/protocols/slurm.md, 2. */
const misleading = [
  ...overriding,
  ...['SQUEUE_*', 'SACCT_*', 'SACCTMGR_*', 'SINFO_*', 'SLURM_TIME_FORMAT', 'SLURM_BITSTR_LEN'],
];

const asked = { LC_ALL: 'C', TZ: 'UTC0', SLURM_TIME_FORMAT: 'standard', SLURM_BITSTR_LEN: '0' };

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
      return await run(host, { ...command, ...path }, { ms, clock, say }, signal);
    } catch (error) {
      throw withAdvice(error, command, place, say);
    }
  };
  return {
    place,
    host,
    ask: (argv, signal, ms = askMs, env = {}) =>
      found({ argv, env: { ...withoutMisguiding(env), ...asked }, without: misleading }, ms, signal),
    tell: (argv, signal, env = {}) =>
      found({ argv, env: withoutMisguiding(env), without: overriding }, tellMs, signal),
    look: (argv, signal) => found({ argv, env: { LC_ALL: 'C' } }, askMs, signal),
  };
}

/** A job's own variables reach sbatch first, which would obey them. */
const withoutMisguiding = (env: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !misguiding.includes(name)));

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
