import type { JobRequest } from '../../core/domain/jobSpec.js';
import { JobError } from '../../core/domain/problem.js';
import type { SchedulerCalls } from '../scheduler/schedulerCalls.js';
import { parseArguments, type ScriptDirectives } from './directives.js';
import { parseExtraArguments } from './options.js';

/** An option or variable that selects a cluster. */
interface ClusterChoice {
  readonly by: string;
  /** Undefined if it names no cluster to compare. */
  readonly cluster: string | undefined;
}

/** Finds the clusters that a submission names. */
export interface ClusterCheck {
  /**
   * @throws {@link JobError} of kind `invalid` where the job would run on another cluster, whose jobs are not listed
   * here.
   */
  readonly refuseOtherClusters: (
    script: ScriptDirectives,
    request: JobRequest,
    site: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) => Promise<void>;
  /** True for the name of the cluster of this connection. */
  readonly isOwn: (cluster: string, signal: AbortSignal) => Promise<boolean>;
}

/** All calls of this connection use the default cluster; on another cluster a number belongs to another job. */
export function createClusterCheck(calls: SchedulerCalls): ClusterCheck {
  let own: string | undefined;
  const isOwn = async (cluster: string, signal: AbortSignal): Promise<boolean> => {
    own ??= await fetchClusterName(calls, signal);
    return cluster === own;
  };
  return {
    isOwn,
    refuseOtherClusters: async (script, request, site, signal) => {
      for (const { by, cluster } of listClusterChoices(script, request, site)) {
        if (cluster !== undefined && (await isOwn(cluster, signal))) continue;
        throw new JobError({
          kind: 'invalid',
          why: `${by} sends the job to a cluster that ${calls.place} does not show. Remove it, or use a connection to that cluster. Nothing was submitted.`,
        });
      }
    },
  };
}

const clusterVariables = ['SBATCH_CLUSTERS', 'SLURM_CLUSTERS'];
/** Another configuration can select another controller. */
const configurationVariables = ['SLURM_CONF', 'SLURM_CONF_SERVER'];

function listClusterChoices(
  script: ScriptDirectives,
  { options, env }: JobRequest,
  site: Readonly<Record<string, string>>,
): readonly ClusterChoice[] {
  const written = [...script.everywhere, ...parseArguments(parseExtraArguments(options)).everywhere]
    .filter(({ name }) => /^clusters?$/.test(name))
    .map(({ name, value = '' }): ClusterChoice => ({ by: `--${name}=${value}`, cluster: value }));
  const variables = clusterVariables.flatMap((name): readonly ClusterChoice[] => {
    const value = env[name] ?? site[name];
    return value === undefined || value === '' ? [] : [{ by: `${name}=${value}`, cluster: value }];
  });
  const configured = configurationVariables.flatMap((name): readonly ClusterChoice[] =>
    env[name] === undefined ? [] : [{ by: name, cluster: undefined }],
  );
  return [...written, ...variables, ...configured];
}

/** Undefined if the controller does not report it. */
async function fetchClusterName(calls: SchedulerCalls, signal: AbortSignal): Promise<string | undefined> {
  const { code, output } = await calls.query(['scontrol', 'show', 'config'], signal);
  return code === 0 ? /^ClusterName\s*=\s*(\S+)\s*$/m.exec(output)?.[1] : undefined;
}
