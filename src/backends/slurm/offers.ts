import type { Choice } from '../../core/domain/questions.js';
import { durationText } from '../../core/presentation/duration.js';
import type { Clock } from '../../core/domain/ports.js';
import { JobError } from '../../core/domain/problem.js';
import type { Calls } from '../scheduler/calls.js';
import { problemOf } from '../scheduler/refusals.js';
import { associationArgs, readAssociations, type Associations } from './sacctmgr.js';
import { readSinfo, sinfoArgs, type Partition } from './sinfo.js';

/** The partitions and accounts of the cluster, queried when needed and cached briefly. */
export interface Offers {
  readonly partitions: (signal: AbortSignal) => Promise<readonly Partition[]>;
  /** Without accounting: empty. */
  readonly associations: (signal: AbortSignal) => Promise<Associations>;
}

/** How long the partitions' load and the accounts are cached, in milliseconds. */
const loadMs = 30_000;
const accountsMs = 600_000;

/** @throws from both: {@link JobError} of kind `offline`; from partitions also `refused`. */
export function slurmOffers(calls: Calls, clock: Clock): Offers {
  return {
    partitions: kept(loadMs, clock, async (signal) => {
      const ran = await calls.ask(sinfoArgs, signal);
      if (ran.code !== 0) throw problemOf(ran, calls, '');
      return readSinfo(ran.output).rows;
    }),
    associations: kept(accountsMs, clock, async (signal) => {
      const user = (await calls.ask(['id', '-un'], signal)).output.trim();
      // Without a user name the response would contain all users.
      if (user === '') return readAssociations('');
      try {
        const ran = await calls.ask(associationArgs(user), signal);
        return readAssociations(ran.code === 0 ? ran.output : '');
      } catch (error) {
        // A site without accounting may lack the program.
        if (error instanceof JobError && error.problem.kind !== 'offline') return readAssociations('');
        throw error;
      }
    }),
  };
}

/** Caches the result of a query. */
function kept<T>(
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
export function partitionChoice(partition: Partition): Choice {
  const { name, isDefault, isUp, limit, defaultLimit, nodes, cpus, cpusPerNode, memoryMb, gres } = partition;
  const free = isUp
    ? `${String(cpus.idle)} of ${String(cpus.total)} CPUs free`
    : 'closed: jobs wait until it opens';
  const length =
    limit === 'unlimited' || limit === undefined ? 'no time limit' : `at most ${durationText(limit)}`;
  const usual = typeof defaultLimit === 'number' ? `default ${durationText(defaultLimit)}` : undefined;
  const node = [
    nodes.total === 1 ? '1 node' : `${String(nodes.total)} nodes`,
    ...(cpusPerNode === undefined ? [] : [`${String(cpusPerNode)} CPUs per node`]),
    ...(memoryMb === undefined ? [] : [`${String(Math.round(memoryMb / 102.4) / 10)} GB`]),
    ...gres.map(({ name: device, type, total }) => `${String(total)} ${type ?? device}`),
  ];
  return {
    value: name,
    label: name,
    description: isDefault ? `${free} · default` : free,
    detail: [length, ...(usual === undefined ? [] : [usual]), ...node].join(' · '),
  };
}
