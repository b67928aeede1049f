import type { JobRequest, JobWorkload } from '../../core/domain/jobSpec.js';
import { formatDuration } from '../../core/presentation/formatting.js';
import type { DefaultAnswer } from '../../core/domain/questions.js';
import { JobError } from '../../core/domain/problem.js';
import { getScript, readOptionSources, type SlurmValidationDeps } from './validate.js';
import { findGivenName } from './options.js';
import { findOption, type FoundOption, type OptionSources } from './optionSources.js';
import { createSlurmBatchFile } from './batchFile.js';
import type { AccountAssociations } from './sacctmgr.js';
import type { SlurmPartition } from './sinfo.js';
import { parseTimeOption, type TimeSpan } from '../scheduler/times.js';

/** The options for each question; the first one that is set applies. */
const optionNames: Readonly<Record<string, readonly string[]>> = {
  partition: ['partition'],
  account: ['account'],
  qos: ['qos'],
  nodes: ['nodes'],
  tasks: ['ntasks'],
  cpus: ['cpus-per-task'],
  memory: ['mem', 'mem-per-cpu', 'mem-per-gpu'],
  gpus: ['gres', 'gpus-per-node', 'gpus', 'gpus-per-task'],
  array: ['array'],
  after: ['dependency'],
};

/** The effective values of questions without answers: from the environment, then the script, then the cluster. */
export const createSlurmDefaults =
  (deps: SlurmValidationDeps) =>
  async (
    work: JobWorkload,
    request: JobRequest,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, DefaultAnswer>>> => {
    const { catalog: offers } = deps;
    const script = getScript(work);
    if (!script) return {};
    const { directives } = createSlurmBatchFile(script, script.name, '');
    const sources = await readOptionSources(deps, directives, request, signal);
    const known = async <T>(asking: Promise<T>): Promise<T | undefined> =>
      asking.catch((error: unknown) => {
        if (error instanceof JobError) return undefined;
        throw error;
      });
    const partitions = (await known(offers.listPartitions(signal))) ?? [];
    const associations = await known(offers.getAssociations(signal));
    const chosen = (request.options['partition'] ?? '').trim() || findOption(sources, 'partition')?.value;
    const partition = partitions.find(({ name, isDefault }) =>
      chosen === undefined ? isDefault : name === chosen,
    );
    const site = (value: string | undefined): DefaultAnswer | undefined =>
      value === undefined ? undefined : { value, source: 'cluster default' };
    const all: readonly (readonly [string, DefaultAnswer | undefined])[] = [
      ['partition', site(partition?.name)],
      ['account', site(associations?.defaultAccount)],
      ['qos', site(findDefaultQos(associations, request, sources))],
      ['limit', site(formatLimit(getPartitionLimit(partition)))],
      ...listWrittenDefaults(sources),
      ['limit', getDefaultLimit(sources)],
      ['name', getDefaultName(script.name, request, sources)],
    ];
    // Created from entries, so that later ones win and no ID is special.
    return Object.fromEntries(
      all.flatMap(([id, answer]) => (answer === undefined ? [] : [[id, answer] as const])),
    );
  };

function listWrittenDefaults(
  sources: OptionSources,
): readonly (readonly [string, DefaultAnswer | undefined])[] {
  return Object.entries(optionNames).map(([id, options]) => {
    const found = options.map((option) => findOption(sources, option)).find((one) => one !== undefined);
    return [id, found && { value: found.value, source: formatOptionSource(found) }];
  });
}

function getDefaultName(
  scriptName: string,
  { name }: JobRequest,
  sources: OptionSources,
): DefaultAnswer | undefined {
  const usual = scriptName.slice(scriptName.lastIndexOf('/') + 1);
  const value = findGivenName(name, usual, sources);
  const found = findOption(sources, 'job-name');
  return value === undefined || !found ? undefined : { value, source: formatOptionSource(found) };
}

function getDefaultLimit(sources: OptionSources): DefaultAnswer | undefined {
  const found = findOption(sources, 'time');
  if (!found) return undefined;
  // A malformed duration is shown unchanged; sbatch reports the error.
  const value = formatLimit(parseTimeOption(found.value)) ?? found.value;
  return { value, source: formatOptionSource(found) };
}

/** The default QOS of the account that is charged. */
function findDefaultQos(
  associations: AccountAssociations | undefined,
  { options }: JobRequest,
  sources: OptionSources,
): string | undefined {
  const answer = (options['account'] ?? '').trim() || findOption(sources, 'account')?.value;
  const paying = answer ?? associations?.defaultAccount;
  return associations?.accounts.find(({ name }) => name === paying)?.defaultQos;
}

const getPartitionLimit = (partition: SlurmPartition | undefined): TimeSpan | undefined =>
  partition?.defaultLimit ?? partition?.limit;

const formatLimit = (limit: TimeSpan | undefined): string | undefined =>
  limit === 'unlimited' ? 'none' : limit === undefined ? undefined : formatDuration(limit);

function formatOptionSource({ from, variable = '' }: FoundOption): string {
  switch (from) {
    case 'extra':
      return 'from More Options';
    case 'variable':
      return `from ${variable}`;
    case 'script':
      return 'from the script';
  }
}
