import type { ReviewItem, JobRequest, SubmissionValidation, JobWorkload } from '../../core/domain/jobSpec.js';
import { JobError } from '../../core/domain/problem.js';
import { submitVariables } from './slurmCommands.js';
import type { ClusterCheck } from './clusterCheck.js';
import { getOptionValue, type ScriptDirectives } from './directives.js';
import type { EnvironmentReader, SlurmEnvironment } from './environment.js';
import type { ClusterCatalog } from './clusterCatalog.js';
import { getSetupCommands } from '../scheduler/submit/submission.js';
import { parseExtraArguments } from './options.js';
import { findOption, type OptionSources } from './optionSources.js';
import { toOutputFolder } from './outputFolders.js';
import { createSlurmBatchFile, formatDirectives } from './batchFile.js';
import { checkPartitionFit } from './partitionFit.js';
import type { SlurmPartition } from './sinfo.js';
import type { ValidatedSubmissions } from './validated.js';

/** Dependencies of validating a submission. */
export interface SlurmValidationDeps {
  readonly catalog: ClusterCatalog;
  readonly readEnvironment: EnvironmentReader;
  readonly clusters: ClusterCheck;
}

/**
 * Validates a submission to Slurm: reports the script's own directives, what is changed in it, and what would keep the
 * job pending forever. If the cluster does not respond, the rest is reported, and sending validates again.
 */
export const createSlurmValidation =
  (deps: SlurmValidationDeps, validated: ValidatedSubmissions) =>
  async (work: JobWorkload, request: JobRequest, signal: AbortSignal): Promise<SubmissionValidation> => {
    const script = getScript(work);
    if (!script) return { items: [] };
    const batch = createSlurmBatchFile(script, script.name, getSetupCommands(request));
    const { directives } = batch;
    refuseUnclosed(directives, script.name);
    const site = await toResponse(deps.readEnvironment(signal));
    const sources = toSources(site, directives, request);
    const isOwnCluster = await refuseOtherClusters(deps, directives, request, sources, signal);
    const asked = formatDirectives(directives);
    const items = [
      ...(asked.length > 0 ? [{ label: 'Script directives', text: asked.join('  ') }] : []),
      ...listOverridden(directives, { ...request, isNamed: hasOwnName(request, script.name) }),
      ...batch.notes.map((text): ReviewItem => ({ label: 'Fixed', text, warning: true })),
      ...checkExport(sources, request),
      ...checkOutputFolders(sources),
      ...checkParts(directives),
      ...checkPartitionFit(await listPartitions(deps.catalog, signal), sources, request),
    ];
    const validation = { items };
    if (site && isOwnCluster) validated.put(validation, directives, site);
    return validation;
  };

/**
 * The environment for a submission that was not validated before.
 *
 * @throws {@link JobError} of kind `invalid`, `offline`.
 */
export async function checkBeforeSending(
  { readEnvironment: environment, clusters }: Pick<SlurmValidationDeps, 'readEnvironment' | 'clusters'>,
  directives: ScriptDirectives,
  name: string,
  request: JobRequest,
  signal: AbortSignal,
): Promise<SlurmEnvironment> {
  refuseUnclosed(directives, name);
  const site = await environment(signal);
  await clusters.refuseOtherClusters(directives, request, site.variables, signal);
  return site;
}

/** @throws {@link JobError} of kind `invalid` for a script that sbatch rejects. */
function refuseUnclosed({ unclosed }: ScriptDirectives, name: string): void {
  if (unclosed === undefined) return;
  const why = `Line ${String(unclosed)} of ${name} has an unclosed quote, which sbatch rejects.`;
  throw new JobError({ kind: 'invalid', why });
}

/** The sources of options that were not answered; without the environment if the host does not respond. */
export async function readOptionSources(
  { readEnvironment: environment }: Pick<SlurmValidationDeps, 'readEnvironment'>,
  script: ScriptDirectives,
  request: JobRequest,
  signal: AbortSignal,
): Promise<OptionSources> {
  return toSources(await toResponse(environment(signal)), script, request);
}

const toSources = (
  site: SlurmEnvironment | undefined,
  script: ScriptDirectives,
  { env, options }: JobRequest,
): OptionSources => ({
  script,
  variables: { ...site?.variables, ...env },
  extra: parseExtraArguments(options),
});

/** Undefined: the cluster does not respond, which the submission itself then reports. */
async function toResponse<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (!(error instanceof JobError)) throw error;
    return undefined;
  }
}

/**
 * True: the job stays on the cluster of this connection. False: the cluster does not respond.
 *
 * @throws {@link JobError} of kind `invalid`.
 */
async function refuseOtherClusters(
  { clusters }: SlurmValidationDeps,
  script: ScriptDirectives,
  request: JobRequest,
  { variables }: OptionSources,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await clusters.refuseOtherClusters(script, request, variables, signal);
    return true;
  } catch (error) {
    if (!(error instanceof JobError) || error.problem.kind === 'invalid') throw error;
    return false;
  }
}

/** Empty if the cluster does not respond. */
const listPartitions = async (
  catalog: ClusterCatalog,
  signal: AbortSignal,
): Promise<readonly SlurmPartition[]> => (await toResponse(catalog.listPartitions(signal))) ?? [];

/** True if the user gave the job its own name. */
const hasOwnName = ({ name }: JobRequest, script: string): boolean =>
  name !== script.slice(script.lastIndexOf('/') + 1);

/** Slurm creates no folders: a job that writes to a missing folder fails without a message. */
function checkOutputFolders(sources: OptionSources): readonly ReviewItem[] {
  const patterns = ['output', 'error'].flatMap((name) => findOption(sources, name)?.value ?? []);
  const all = new Map(
    patterns.flatMap((pattern) => toOutputFolder(pattern) ?? []).map((one) => [one.pattern, one]),
  );
  return [...all.values()].map(({ pattern, isPerJob }): ReviewItem => {
    if (!isPerJob) return { label: 'Log folder', text: `${pattern} is created before the job starts` };
    const text = `${pattern} can only be created once the job has an ID. If the job starts earlier, it fails.`;
    return { label: 'Log folder', text, warning: true };
  });
}

/** The command line applies to the first component only. Source: sbatch(1), "HETEROGENEOUS JOBS". */
const checkParts = ({ isHet }: ScriptDirectives): readonly ReviewItem[] =>
  isHet
    ? [
        {
          label: 'Heterogeneous job',
          text: 'Your choices apply to its first component.',
          warning: true,
        },
      ]
    : [];

/** The script of a submission; undefined if it has none that can be read. */
export function getScript(work: JobWorkload): { readonly name: string; readonly text: string } | undefined {
  if (work.kind === 'script') return work.script;
  if (work.kind === 'bundle' && work.text !== undefined) return { name: work.entry, text: work.text };
  return undefined;
}

const optionNames: Readonly<Record<string, string>> = {
  partition: 'partition',
  account: 'account',
  qos: 'qos',
  nodes: 'nodes',
  tasks: 'ntasks',
  cpus: 'cpus-per-task',
  memory: 'mem',
  gpus: 'gres',
  array: 'array',
  after: 'dependency',
};

/** The user's answers override the script's own directives. */
function listOverridden(
  own: ScriptDirectives,
  { options, limitMs, isNamed: hasName }: JobRequest & { readonly isNamed: boolean },
): readonly ReviewItem[] {
  const names = Object.entries(optionNames)
    .filter(([id]) => (options[id] ?? '').trim() !== '')
    .map(([, option]) => option);
  const all = [...names, ...(limitMs === undefined ? [] : ['time']), ...(hasName ? ['job-name'] : [])];
  const both = all.filter((name) => getOptionValue(own, name) !== undefined);
  if (both.length === 0) return [];
  const text = both.map((name) => `--${name}=${getOptionValue(own, name) ?? ''}`).join('  ');
  return [{ label: 'Overridden by your choices', text }];
}

/** Variables reach the job only if the submitter's environment does. Source: docs/protocols/slurm.md, 3.1. */
function checkExport(sources: OptionSources, { env }: JobRequest): readonly ReviewItem[] {
  const label = 'Environment';
  const question = 'environment';
  const kept = Object.keys(env).filter((name) => submitVariables.includes(name));
  const notes = kept.map((name): ReviewItem => {
    const text = `${name} is omitted: it would change the submission itself.`;
    return { label, text, warning: true, question };
  });
  const value = findOption(sources, 'export')?.value;
  if (value === undefined || Object.keys(env).length === 0) return notes;
  if (value.split(',').includes('ALL')) return notes;
  const text = `Only variables listed in --export=${value} are passed to the job; yours may not be.`;
  return [...notes, { label, text, warning: true, question }];
}
