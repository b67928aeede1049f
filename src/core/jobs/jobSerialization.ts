import {
  toJobId,
  isActive,
  type Job,
  type JobFile,
  type JobState,
  type JobOutcome,
  type TaskCounts,
} from '../domain/job.js';
import type { JobIndex } from './jobIndex.js';

/** The maximum number of stored jobs of a connection, and of stored tasks in addition. */
export const maxCachedJobs = 200;

/**
 * Serializes the newest {@link maxCachedJobs} jobs and up to as many tasks of active arrays, without their raw
 * records.
 */
export function serializeJobs({ top, getTasks: tasksOf }: JobIndex): readonly unknown[] {
  const jobs = top.slice(0, maxCachedJobs);
  const tasks = jobs.filter(isActive).flatMap(({ id }) => tasksOf(id));
  return [...jobs, ...tasks.slice(0, maxCachedJobs)].map(({ raw: _, ...job }) => job);
}

/** Parses stored jobs; invalid entries are skipped. */
export const parseJobs = (values: readonly unknown[]): readonly Job[] =>
  values.map(parseCachedJob).filter((job) => job !== undefined);

type JsonFields = Readonly<Record<string, unknown>>;

const toJsonFields = (value: unknown): JsonFields =>
  // SAFETY: properties of any object can be read by name.
  typeof value === 'object' && value !== null ? (value as JsonFields) : {};

const toText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const toNumber = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;
const toTrue = (value: unknown): true | undefined => (value === true ? true : undefined);
const toList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function toDate(value: unknown): Date | undefined {
  const time = typeof value === 'string' ? new Date(value) : undefined;
  return time && !Number.isNaN(time.getTime()) ? time : undefined;
}

function parseCachedJob(value: unknown): Job | undefined {
  const at = toJsonFields(value);
  const { id, name } = at;
  const state = parseJobState(at['state']);
  if (typeof id !== 'string' || id === '' || typeof name !== 'string' || !state) return undefined;
  const parent = toText(at['parent']);
  const exit = toJsonFields(at['exit']);
  return {
    id: toJobId(id),
    name,
    state,
    ...omitUndefined({
      reason: toText(at['reason']),
      parent: parent === undefined ? undefined : toJobId(parent),
      hasChildren: toTrue(at['hasChildren']),
      tasks: parseTaskCounts(at['tasks']),
      isHeld: toTrue(at['isHeld']),
      mayRequeue: toTrue(at['mayRequeue']),
      submitted: toDate(at['submitted']),
      started: toDate(at['started']),
      ended: toDate(at['ended']),
      limitMs: toNumber(at['limitMs']),
      isLimited: toTrue(at['isLimited']),
      folder: toText(at['folder']),
      script: toText(at['script']),
      command: toText(at['command']),
      results: toText(at['results']),
      endpoint: toText(at['endpoint']),
      page: toText(at['page']),
      cost: toText(at['cost']),
      exit:
        at['exit'] === undefined
          ? undefined
          : omitUndefined({ code: toNumber(exit['code']), signal: toText(exit['signal']) }),
    }),
    resources: toList(at['resources']).flatMap((resource) => {
      const { label, value: told } = toJsonFields(resource);
      return typeof label === 'string' && typeof told === 'string' ? [{ label, value: told }] : [];
    }),
    inputs: Object.fromEntries(
      Object.entries(toJsonFields(at['inputs'])).filter(
        (pair): pair is [string, string] => typeof pair[1] === 'string',
      ),
    ),
    files: toList(at['files'])
      .map(parseJobFile)
      .filter((file) => file !== undefined),
    raw: undefined,
  };
}

function parseTaskCounts(value: unknown): TaskCounts | undefined {
  const at = toJsonFields(value);
  const [queued, running, completed, failed, stopped] = [
    toNumber(at['queued']),
    toNumber(at['running']),
    toNumber(at['completed']),
    toNumber(at['failed']),
    toNumber(at['stopped']),
  ];
  if (queued === undefined || running === undefined || completed === undefined) return undefined;
  return failed === undefined || stopped === undefined
    ? undefined
    : { queued, running, completed, failed, stopped };
}

const jobOutcomes: readonly JobOutcome[] = ['completed', 'failed', 'stopped'];

function parseJobState(value: unknown): JobState | undefined {
  const { kind, word, outcome } = toJsonFields(value);
  if (typeof word !== 'string') return undefined;
  if (kind === 'queued' || kind === 'running' || kind === 'unknown') return { kind, word };
  const found = jobOutcomes.find((known) => known === outcome);
  return kind === 'ended' && found ? { kind, word, outcome: found } : undefined;
}

const jobFileKinds: readonly JobFile['kind'][] = ['input', 'source', 'project', 'result', 'output', 'log'];

function parseJobFile(value: unknown): JobFile | undefined {
  const at = toJsonFields(value);
  const kind = jobFileKinds.find((known) => known === at['kind']);
  const name = toText(at['name']);
  if (!kind || name === undefined) return undefined;
  return { name, kind, ...omitUndefined({ bytes: toNumber(at['bytes']), sha256: toText(at['sha256']) }) };
}

/** Removes undefined members, as `exactOptionalPropertyTypes` requires. */
function omitUndefined<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  // SAFETY: only undefined members are removed.
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
