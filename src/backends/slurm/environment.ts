import type { Clock } from '../../core/domain/ports.js';
import type { SchedulerCalls } from '../scheduler/schedulerCalls.js';

/** Slurm's variables in the login environment of the host, and its user. */
export interface SlurmEnvironment {
  /** `SBATCH_*`, and variables that select a cluster; one line each. */
  readonly variables: Readonly<Record<string, string>>;
  /** Undefined if unknown. */
  readonly user: string | undefined;
}

/** Reads the environment of the host; cached briefly. @throws {@link JobError} of kind `offline`. */
export type EnvironmentReader = (signal: AbortSignal) => Promise<SlurmEnvironment>;

/** How long it is cached, in milliseconds. */
const cacheMs = 60_000;

export function createEnvironmentReader(calls: SchedulerCalls, clock: Clock): EnvironmentReader {
  let known: { readonly at: number; readonly value: SlurmEnvironment } | undefined;
  return async (signal) => {
    const now = clock.now().getTime();
    if (!known || now - known.at > cacheMs) known = { at: now, value: await fetchEnvironment(calls, signal) };
    return known.value;
  };
}

/** The environment can contain private values: only Slurm's variables leave the host. */
const environmentScript = `id -un 2>/dev/null || echo; env | grep -E '^(SBATCH_[A-Z0-9_]+|SLURM_CLUSTERS)=' || :`;

async function fetchEnvironment(calls: SchedulerCalls, signal: AbortSignal): Promise<SlurmEnvironment> {
  const { output } = await calls.runPlain(['sh', '-c', environmentScript], signal);
  const [user = '', ...lines] = output.split('\n');
  const variables = lines.flatMap((line) => {
    const [, name, value] = /^((?:SBATCH_[A-Z0-9_]+|SLURM_CLUSTERS))=(.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined || value === '' ? [] : [[name, value] as const];
  });
  return {
    variables: Object.fromEntries(variables),
    user: /^[\w.@$-]+$/.test(user) ? user : undefined,
  };
}
