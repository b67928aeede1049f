import type { JobRequest, ReviewItem } from '../../core/domain/jobSpec.js';
import { formatBytes, formatDuration } from '../../core/presentation/formatting.js';
import { parseTimeOption } from '../scheduler/times.js';
import { parseGres } from './fields.js';
import { findOption, type OptionSources } from './optionSources.js';
import type { SlurmPartition } from './sinfo.js';

/**
 * Warnings about requests that no node or limit of the partition allows: such a job stays pending forever.
 * Each resource has its own warning, which refers to its question.
 */
export function checkPartitionFit(
  partitions: readonly SlurmPartition[],
  sources: OptionSources,
  request: JobRequest,
): readonly ReviewItem[] {
  const name = getAnswer(request, 'partition') ?? findOption(sources, 'partition')?.value;
  const chosen = partitions.find((one) => (name === undefined ? one.isDefault : one.name === name));
  if (!chosen)
    return name === undefined || partitions.length === 0 || name.includes(',')
      ? []
      : [createWarning(`The cluster has no partition ${name}.`, 'partition')];
  return [
    ...(chosen.isUp
      ? []
      : [createWarning(`Partition ${chosen.name} is closed; the job waits until it opens.`, 'partition')]),
    ...checkLimit(chosen, sources, request),
    ...checkNodes(chosen, sources, request),
    ...checkCpus(chosen, sources, request),
    ...checkMemory(chosen, sources, request),
    ...checkGpus(chosen, sources, request),
  ];
}

const createWarning = (text: string, question: string): ReviewItem => ({
  label: 'Partition',
  text,
  warning: true,
  question,
});

/** The user's answer; undefined: none. */
function getAnswer({ options }: JobRequest, id: string): string | undefined {
  const value = (options[id] ?? '').trim();
  return value === '' ? undefined : value;
}

/** The answer to a question, else the first of these options that has a value. */
const getValue = (
  sources: OptionSources,
  request: JobRequest,
  question: string,
  options: readonly string[],
): string | undefined =>
  getAnswer(request, question) ??
  options.map((name) => findOption(sources, name)?.value).find((value) => value !== undefined);

function checkLimit(
  { name, limit }: SlurmPartition,
  sources: OptionSources,
  { limitMs }: JobRequest,
): readonly ReviewItem[] {
  const written = findOption(sources, 'time')?.value;
  const asked = limitMs ?? (written === undefined ? undefined : parseTimeOption(written));
  if (asked === undefined || typeof limit !== 'number' || (asked !== 'unlimited' && asked <= limit))
    return [];
  const text = `${name} limits jobs to ${formatDuration(limit)}; with this time limit the job may never start.`;
  return [createWarning(text, 'limit')];
}

function checkNodes(
  { name, nodes }: SlurmPartition,
  sources: OptionSources,
  request: JobRequest,
): readonly ReviewItem[] {
  // Of a range, the minimum has to fit.
  const least = Number.parseInt(getValue(sources, request, 'nodes', ['nodes']) ?? '', 10);
  if (!(least > nodes.total)) return [];
  const has = nodes.total === 1 ? '1 node' : `${String(nodes.total)} nodes`;
  return [createWarning(`${name} has only ${has}, not ${String(least)}.`, 'nodes')];
}

function checkCpus(
  { name, cpusPerNode }: SlurmPartition,
  sources: OptionSources,
  request: JobRequest,
): readonly ReviewItem[] {
  const cpus = Number(getValue(sources, request, 'cpus', ['cpus-per-task']) ?? 0);
  if (cpusPerNode === undefined || !(cpus > cpusPerNode)) return [];
  const text = `No node of ${name} has ${String(cpus)} CPUs; the largest has ${String(cpusPerNode)}.`;
  return [createWarning(text, 'cpus')];
}

function checkMemory(
  { name, memoryMb }: SlurmPartition,
  sources: OptionSources,
  request: JobRequest,
): readonly ReviewItem[] {
  const asked = parseMemoryMb(getValue(sources, request, 'memory', ['mem']) ?? '');
  if (asked === undefined || memoryMb === undefined || asked <= memoryMb) return [];
  const text = `No node of ${name} has ${formatMb(asked)} of memory; the largest has ${formatMb(memoryMb)}.`;
  return [createWarning(text, 'memory')];
}

const formatMb = (mb: number): string => formatBytes(mb * 1_048_576);

const unitMb: Readonly<Record<string, number>> = { K: 1 / 1024, M: 1, G: 1024, T: 1_048_576 };

/** `16G` as megabytes; without a unit it is in megabytes. Source: sbatch(1), --mem. */
function parseMemoryMb(text: string): number | undefined {
  const match = /^(\d+)([KMGT]?)B?$/i.exec(text.trim());
  if (!match) return undefined;
  return Number(match[1]) * (unitMb[(match[2] ?? '').toUpperCase()] ?? 1);
}

function checkGpus(
  { name, gres }: SlurmPartition,
  sources: OptionSources,
  request: JobRequest,
): readonly ReviewItem[] {
  const answer = getAnswer(request, 'gpus');
  const perNode = findOption(sources, 'gpus-per-node')?.value;
  const text =
    answer ??
    perNode ??
    findOption(sources, 'gres')
      ?.value.split(',')
      .find((one) => /^(gres[:/])?gpu\b/.test(one));
  if (text === undefined) return [];
  const [asked] = parseGres(/^(?:gres[:/])?gpu\b/.test(text) ? text : `gpu:${text}`);
  if (asked?.name !== 'gpu') return [];
  const { count, type } = asked;
  const most = gres
    .filter((one) => one.name === 'gpu' && (type === undefined || one.type === type))
    .reduce((largest, one) => Math.max(largest, one.count), 0);
  if (count <= most) return [];
  const kind = type === undefined ? 'GPUs' : `${type} GPUs`;
  const has = most === 0 ? `${name} has no ${kind}.` : `the largest has ${String(most)}.`;
  const sentence = most === 0 ? has : `No node of ${name} has ${String(count)} ${kind}; ${has}`;
  return [createWarning(sentence, 'gpus')];
}
