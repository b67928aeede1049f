import type { Request, Work } from '../../core/domain/jobSpec.js';
import { durationText } from '../../core/presentation/duration.js';
import type { DefaultAnswer } from '../../core/domain/questions.js';
import { JobError } from '../../core/domain/problem.js';
import { scriptOf, sourcesOf, type CheckDeps } from './check.js';
import { givenName } from './options.js';
import { findOption, type FoundOption, type OptionSources } from './optionSources.js';
import { batchOf } from './script.js';
import type { Associations } from './sacctmgr.js';
import type { Partition } from './sinfo.js';
import { readTimeOption, type Span } from '../scheduler/times.js';

/** The options for each question; the first one that is set applies. */
const optionsOf: Readonly<Record<string, readonly string[]>> = {
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
export const slurmDefaults =
  (deps: CheckDeps) =>
  async (
    work: Work,
    request: Request,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, DefaultAnswer>>> => {
    const { offers } = deps;
    const script = scriptOf(work);
    if (!script) return {};
    const { directives } = batchOf(script, script.name, '');
    const sources = await sourcesOf(deps, directives, request, signal);
    const known = async <T>(asking: Promise<T>): Promise<T | undefined> =>
      asking.catch((error: unknown) => {
        if (error instanceof JobError) return undefined;
        throw error;
      });
    const partitions = (await known(offers.partitions(signal))) ?? [];
    const associations = await known(offers.associations(signal));
    const chosen = (request.options['partition'] ?? '').trim() || findOption(sources, 'partition')?.value;
    const partition = partitions.find(({ name, isDefault }) =>
      chosen === undefined ? isDefault : name === chosen,
    );
    const site = (value: string | undefined): DefaultAnswer | undefined =>
      value === undefined ? undefined : { value, source: 'cluster default' };
    const all: readonly (readonly [string, DefaultAnswer | undefined])[] = [
      ['partition', site(partition?.name)],
      ['account', site(associations?.defaultAccount)],
      ['qos', site(usualQos(associations, request, sources))],
      ['limit', site(limitText(usualLimit(partition)))],
      ...written(sources),
      ['limit', limitOf(sources)],
      ['name', nameOf(script.name, request, sources)],
    ];
    // Created from entries, so that later ones win and no ID is special.
    return Object.fromEntries(
      all.flatMap(([id, answer]) => (answer === undefined ? [] : [[id, answer] as const])),
    );
  };

function written(sources: OptionSources): readonly (readonly [string, DefaultAnswer | undefined])[] {
  return Object.entries(optionsOf).map(([id, options]) => {
    const found = options.map((option) => findOption(sources, option)).find((one) => one !== undefined);
    return [id, found && { value: found.value, source: sourceText(found) }];
  });
}

function nameOf(scriptName: string, { name }: Request, sources: OptionSources): DefaultAnswer | undefined {
  const usual = scriptName.slice(scriptName.lastIndexOf('/') + 1);
  const value = givenName(name, usual, sources);
  const found = findOption(sources, 'job-name');
  return value === undefined || !found ? undefined : { value, source: sourceText(found) };
}

function limitOf(sources: OptionSources): DefaultAnswer | undefined {
  const found = findOption(sources, 'time');
  if (!found) return undefined;
  // A malformed duration is shown unchanged; sbatch reports the error.
  const value = limitText(readTimeOption(found.value)) ?? found.value;
  return { value, source: sourceText(found) };
}

/** The default QOS of the account that is charged. */
function usualQos(
  associations: Associations | undefined,
  { options }: Request,
  sources: OptionSources,
): string | undefined {
  const answer = (options['account'] ?? '').trim() || findOption(sources, 'account')?.value;
  const paying = answer ?? associations?.defaultAccount;
  return associations?.accounts.find(({ name }) => name === paying)?.defaultQos;
}

const usualLimit = (partition: Partition | undefined): Span | undefined =>
  partition?.defaultLimit ?? partition?.limit;

const limitText = (limit: Span | undefined): string | undefined =>
  limit === 'unlimited' ? 'none' : limit === undefined ? undefined : durationText(limit);

function sourceText({ from, variable = '' }: FoundOption): string {
  switch (from) {
    case 'extra':
      return 'from More Options';
    case 'variable':
      return `from ${variable}`;
    case 'script':
      return 'from the script';
  }
}
