import type { QuestionChoice } from '../../core/domain/questions.js';
import { formatDuration } from '../../core/presentation/formatting.js';
import type { Clock } from '../../core/domain/ports.js';
import { JobError } from '../../core/domain/problem.js';
import type { SchedulerCalls } from '../scheduler/schedulerCalls.js';
import { toJobError } from '../scheduler/commandFailures.js';
import { toAssociationArgs, parseAssociations, type AccountAssociations } from './sacctmgr.js';
import { parseSinfo, sinfoArgs, type SlurmPartition } from './sinfo.js';

/** The partitions and accounts of the cluster, queried when needed and cached briefly. */
export interface ClusterCatalog {
  readonly listPartitions: (signal: AbortSignal) => Promise<readonly SlurmPartition[]>;
  /** Without accounting: empty. */
  readonly getAssociations: (signal: AbortSignal) => Promise<AccountAssociations>;
}

/** How long the partitions' load and the accounts are cached, in milliseconds. */
const partitionsCacheMs = 30_000;
const accountsCacheMs = 600_000;

/** @throws from both: {@link JobError} of kind `offline`; from partitions also `refused`. */
export function createClusterCatalog(calls: SchedulerCalls, clock: Clock): ClusterCatalog {
  return {
    listPartitions: cacheFor(partitionsCacheMs, clock, async (signal) => {
      const ran = await calls.query(sinfoArgs, signal);
      if (ran.code !== 0) throw toJobError(ran, calls, '');
      return parseSinfo(ran.output).rows;
    }),
    getAssociations: cacheFor(accountsCacheMs, clock, async (signal) => {
      const user = (await calls.query(['id', '-un'], signal)).output.trim();
      // Without a user name the response would contain all users.
      if (user === '') return parseAssociations('');
      try {
        const ran = await calls.query(toAssociationArgs(user), signal);
        return parseAssociations(ran.code === 0 ? ran.output : '');
      } catch (error) {
        // A site without accounting may lack the program.
        if (error instanceof JobError && error.problem.kind !== 'offline') return parseAssociations('');
        throw error;
      }
    }),
  };
}

/** Caches the result of a query. */
function cacheFor<T>(
  ms: number,
  clock: Clock,
  ask: (signal: AbortSignal) => Promise<T>,
): (signal: AbortSignal) => Promise<T> {
  let known: { readonly at: number; readonly value: T } | undefined;
  return async (signal) => {
    const now = clock.now().getTime();
    if (!known || now - known.at > ms) known = { at: now, value: await ask(signal) };
    return known.value;
  };
}

/** A partition as a pick item: its resources, the free ones, and its time limit. */
export function toPartitionChoice(partition: SlurmPartition): QuestionChoice {
  const { name, isDefault, isUp, limit, defaultLimit, nodes, cpus, cpusPerNode, memoryMb, gres } = partition;
  const free = isUp
    ? `${String(cpus.idle)} of ${String(cpus.total)} CPUs free`
    : 'closed: jobs wait until it opens';
  const length =
    limit === 'unlimited' || limit === undefined ? 'no time limit' : `at most ${formatDuration(limit)}`;
  const usual = typeof defaultLimit === 'number' ? `default ${formatDuration(defaultLimit)}` : undefined;
  const each = [
    ...(cpusPerNode === undefined ? [] : [`${String(cpusPerNode)} CPUs`]),
    ...(memoryMb === undefined ? [] : [`${String(Math.round(memoryMb / 102.4) / 10)} GB`]),
  ].join(', ');
  const count = nodes.total === 1 ? '1 node' : `${String(nodes.total)} nodes`;
  // The numbers are those of the largest node.
  const isMixed = cpusPerNode !== undefined && cpus.total !== cpusPerNode * nodes.total;
  const of = nodes.total === 1 ? '' : isMixed ? 'each up to ' : 'each ';
  const devices = gres.map(({ name: device, type, total }) =>
    device === 'gpu' && type === undefined
      ? `${String(total)} ${total === 1 ? 'GPU' : 'GPUs'} in all`
      : `${String(total)} ${type ?? device} in all`,
  );
  const node = [each === '' ? count : `${count}, ${of}${each}`, ...devices];
  return {
    value: name,
    label: name,
    description: isDefault ? `${free} · default` : free,
    detail: [length, ...(usual === undefined ? [] : [usual]), ...node].join(' · '),
  };
}
