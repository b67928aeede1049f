import type { Fact, Request, Validation, Work } from '../../core/domain/jobSpec.js';
import { durationText } from '../../core/presentation/duration.js';
import { JobError } from '../../core/domain/problem.js';
import { misguiding } from './calls.js';
import type { ClusterCheck } from './clusters.js';
import { optionOf, type Directives } from './directives.js';
import type { ReadEnvironment, SlurmEnvironment } from './environment.js';
import type { Offers } from './offers.js';
import { setupOf } from '../scheduler/submit/submission.js';
import { extraOf } from './options.js';
import { findOption, type OptionSources } from './optionSources.js';
import { outputFolder } from './outputFolders.js';
import { batchOf, directiveTexts } from './script.js';
import type { Partition } from './sinfo.js';
import { readTimeOption } from '../scheduler/times.js';
import type { ValidatedSubmissions } from './validated.js';

/** Dependencies of validating a submission. */
export interface CheckDeps {
  readonly offers: Offers;
  readonly environment: ReadEnvironment;
  readonly clusters: ClusterCheck;
}

/**
 * Validates a submission to Slurm: reports the script's own directives, what is changed in it, and what would keep the
 * job pending forever. If the cluster does not respond, the rest is reported, and sending validates again.
 */
export const slurmCheck =
  (deps: CheckDeps, validated: ValidatedSubmissions) =>
  async (work: Work, request: Request, signal: AbortSignal): Promise<Validation> => {
    const script = scriptOf(work);
    if (!script) return { items: [] };
    const batch = batchOf(script, script.name, setupOf(request));
    const { directives } = batch;
    refuseUnclosed(directives, script.name);
    const site = await responseOf(deps.environment(signal));
    const sources = toSources(site, directives, request);
    const isOwnCluster = await refuseOthers(deps, directives, request, sources, signal);
    const asked = directiveTexts(directives);
    const items = [
      ...(asked.length > 0 ? [{ label: 'Script directives', text: asked.join('  ') }] : []),
      ...overridden(directives, { ...request, isNamed: isNamed(request, script.name) }),
      ...batch.notes.map((text): Fact => ({ label: 'Mended', text, warning: true })),
      ...exported(sources, request),
      ...folders(sources),
      ...parts(directives),
      ...(await unfit(deps.offers, sources, request, signal)),
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
  { environment, clusters }: Pick<CheckDeps, 'environment' | 'clusters'>,
  directives: Directives,
  name: string,
  request: Request,
  signal: AbortSignal,
): Promise<SlurmEnvironment> {
  refuseUnclosed(directives, name);
  const site = await environment(signal);
  await clusters.refuseOthers(directives, request, site.variables, signal);
  return site;
}

/** @throws {@link JobError} of kind `invalid` for a script that sbatch rejects. */
function refuseUnclosed({ unclosed }: Directives, name: string): void {
  if (unclosed === undefined) return;
  const why = `Line ${String(unclosed)} of ${name} has an unclosed quote, which sbatch rejects.`;
  throw new JobError({ kind: 'invalid', why });
}

/** The sources of options that were not answered; without the environment if the host does not respond. */
export async function sourcesOf(
  { environment }: Pick<CheckDeps, 'environment'>,
  script: Directives,
  request: Request,
  signal: AbortSignal,
): Promise<OptionSources> {
  return toSources(await responseOf(environment(signal)), script, request);
}

const toSources = (
  site: SlurmEnvironment | undefined,
  script: Directives,
  { env, options }: Request,
): OptionSources => ({ script, variables: { ...site?.variables, ...env }, extra: extraOf(options) });

/** Undefined: the cluster does not respond, which the submission itself then reports. */
async function responseOf<T>(asking: Promise<T>): Promise<T | undefined> {
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
async function refuseOthers(
  { clusters }: CheckDeps,
  script: Directives,
  request: Request,
  { variables }: OptionSources,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await clusters.refuseOthers(script, request, variables, signal);
    return true;
  } catch (error) {
    if (!(error instanceof JobError) || error.problem.kind === 'invalid') throw error;
    return false;
  }
}

/** True if the user gave the job its own name. */
const isNamed = ({ name }: Request, script: string): boolean =>
  name !== script.slice(script.lastIndexOf('/') + 1);

/** Slurm creates no folders: a job that writes to a missing folder fails without a message. */
function folders(sources: OptionSources): readonly Fact[] {
  const patterns = ['output', 'error'].flatMap((name) => findOption(sources, name)?.value ?? []);
  const all = new Map(
    patterns.flatMap((pattern) => outputFolder(pattern) ?? []).map((one) => [one.pattern, one]),
  );
  return [...all.values()].map(({ pattern, isPerJob }): Fact => {
    if (!isPerJob) return { label: 'Log folder', text: `${pattern} is created before the job starts` };
    const text = `${pattern} can only be created once the job has an ID. If the job starts earlier, it fails.`;
    return { label: 'Log folder', text, warning: true };
  });
}

/** The command line applies to the first component only. Source: sbatch(1), "HETEROGENEOUS JOBS". */
const parts = ({ isHet }: Directives): readonly Fact[] =>
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
export function scriptOf(work: Work): { readonly name: string; readonly text: string } | undefined {
  if (work.kind === 'script') return work.script;
  if (work.kind === 'bundle' && work.text !== undefined) return { name: work.entry, text: work.text };
  return undefined;
}

const optionsOf: Readonly<Record<string, string>> = {
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
function overridden(
  own: Directives,
  { options, limitMs, isNamed: hasName }: Request & { readonly isNamed: boolean },
): readonly Fact[] {
  const names = Object.entries(optionsOf)
    .filter(([id]) => (options[id] ?? '').trim() !== '')
    .map(([, option]) => option);
  const all = [...names, ...(limitMs === undefined ? [] : ['time']), ...(hasName ? ['job-name'] : [])];
  const both = all.filter((name) => optionOf(own, name) !== undefined);
  if (both.length === 0) return [];
  const text = both.map((name) => `--${name}=${optionOf(own, name) ?? ''}`).join('  ');
  return [{ label: 'Overridden by your choices', text }];
}

/** Variables reach the job only if the submitter's environment does. Source: docs/protocols/slurm.md, 3.1. */
function exported(sources: OptionSources, { env }: Request): readonly Fact[] {
  const label = 'Environment';
  const kept = Object.keys(env).filter((name) => misguiding.includes(name));
  const notes = kept.map((name): Fact => {
    const text = `${name} is omitted: it would change the submission itself.`;
    return { label, text, warning: true };
  });
  const value = findOption(sources, 'export')?.value;
  if (value === undefined || Object.keys(env).length === 0) return notes;
  if (value.split(',').includes('ALL')) return notes;
  const text = `Only variables listed in --export=${value} are passed to the job; yours may not be.`;
  return [...notes, { label, text, warning: true }];
}

/** Requests that no node or limit of the partition allows: such a job stays pending forever. */
async function unfit(
  offers: Offers,
  sources: OptionSources,
  { options, limitMs }: Request,
  signal: AbortSignal,
): Promise<readonly Fact[]> {
  const partitions = (await responseOf(offers.partitions(signal))) ?? [];
  const name = (options['partition'] ?? '').trim() || findOption(sources, 'partition')?.value;
  const chosen = partitions.find((one) => (name === undefined ? one.isDefault : one.name === name));
  const warn = (text: string): Fact => ({ label: 'Partition', text, warning: true });
  if (!chosen)
    return name === undefined || partitions.length === 0 || name.includes(',')
      ? []
      : [warn(`The cluster has no partition ${name}.`)];
  const written = findOption(sources, 'time')?.value;
  const asked = limitMs ?? (written === undefined ? undefined : readTimeOption(written));
  const cpus = Number((options['cpus'] ?? '').trim() || (findOption(sources, 'cpus-per-task')?.value ?? 0));
  return [
    ...(chosen.isUp ? [] : [warn(`Partition ${chosen.name} is closed; the job waits until it opens.`)]),
    ...(isOver(asked, chosen) && typeof chosen.limit === 'number'
      ? [
          warn(
            `${chosen.name} limits jobs to ${durationText(chosen.limit)}; with this time limit the job may never start.`,
          ),
        ]
      : []),
    ...(chosen.cpusPerNode !== undefined && cpus > chosen.cpusPerNode
      ? [
          warn(
            `No node of ${chosen.name} has ${String(cpus)} CPUs; the largest has ${String(chosen.cpusPerNode)}.`,
          ),
        ]
      : []),
  ];
}

const isOver = (asked: ReturnType<typeof readTimeOption>, { limit }: Partition): boolean =>
  asked !== undefined && typeof limit === 'number' && (asked === 'unlimited' || asked > limit);
