import {
  asJobId,
  isActive,
  type Job,
  type JobFile,
  type JobState,
  type Outcome,
  type TaskCounts,
} from '../domain/job.js';
import type { JobIndex } from './jobIndex.js';

/** The maximum number of stored jobs of a connection, and of stored tasks in addition. */
export const mostKnown = 200;

/**
 * Serializes the newest {@link mostKnown} jobs and up to as many tasks of active arrays, without their raw
 * records.
 */
export function writeJobs({ top, tasksOf }: JobIndex): readonly unknown[] {
  const jobs = top.slice(0, mostKnown);
  const tasks = jobs.filter(isActive).flatMap(({ id }) => tasksOf(id));
  return [...jobs, ...tasks.slice(0, mostKnown)].map(({ raw: _, ...job }) => job);
}

/** Parses stored jobs; invalid entries are skipped. */
export const readJobs = (values: readonly unknown[]): readonly Job[] =>
  values.map(readJob).filter((job) => job !== undefined);

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
  // SAFETY: properties of any object can be read by name.
  typeof value === 'object' && value !== null ? (value as Fields) : {};

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;
const isTrue = (value: unknown): true | undefined => (value === true ? true : undefined);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function timeOf(value: unknown): Date | undefined {
  const time = typeof value === 'string' ? new Date(value) : undefined;
  return time && !Number.isNaN(time.getTime()) ? time : undefined;
}

function readJob(value: unknown): Job | undefined {
  const at = fieldsOf(value);
  const { id, name } = at;
  const state = readState(at['state']);
  if (typeof id !== 'string' || id === '' || typeof name !== 'string' || !state) return undefined;
  const parent = textOf(at['parent']);
  const exit = fieldsOf(at['exit']);
  return {
    id: asJobId(id),
    name,
    state,
    ...given({
      reason: textOf(at['reason']),
      parent: parent === undefined ? undefined : asJobId(parent),
      hasChildren: isTrue(at['hasChildren']),
      tasks: readTasks(at['tasks']),
      isHeld: isTrue(at['isHeld']),
      mayRequeue: isTrue(at['mayRequeue']),
      submitted: timeOf(at['submitted']),
      started: timeOf(at['started']),
      ended: timeOf(at['ended']),
      limitMs: numberOf(at['limitMs']),
      isLimited: isTrue(at['isLimited']),
      script: textOf(at['script']),
      command: textOf(at['command']),
      results: textOf(at['results']),
      endpoint: textOf(at['endpoint']),
      page: textOf(at['page']),
      cost: textOf(at['cost']),
      exit:
        at['exit'] === undefined
          ? undefined
          : given({ code: numberOf(exit['code']), signal: textOf(exit['signal']) }),
    }),
    resources: listOf(at['resources']).flatMap((resource) => {
      const { label, value: told } = fieldsOf(resource);
      return typeof label === 'string' && typeof told === 'string' ? [{ label, value: told }] : [];
    }),
    inputs: Object.fromEntries(
      Object.entries(fieldsOf(at['inputs'])).filter(
        (pair): pair is [string, string] => typeof pair[1] === 'string',
      ),
    ),
    files: listOf(at['files'])
      .map(readFile)
      .filter((file) => file !== undefined),
    raw: undefined,
  };
}

function readTasks(value: unknown): TaskCounts | undefined {
  const at = fieldsOf(value);
  const [queued, running, completed, failed, stopped] = [
    numberOf(at['queued']),
    numberOf(at['running']),
    numberOf(at['completed']),
    numberOf(at['failed']),
    numberOf(at['stopped']),
  ];
  if (queued === undefined || running === undefined || completed === undefined) return undefined;
  return failed === undefined || stopped === undefined
    ? undefined
    : { queued, running, completed, failed, stopped };
}

const outcomes: readonly Outcome[] = ['completed', 'failed', 'stopped'];

function readState(value: unknown): JobState | undefined {
  const { kind, word, outcome } = fieldsOf(value);
  if (typeof word !== 'string') return undefined;
  if (kind === 'queued' || kind === 'running' || kind === 'unknown') return { kind, word };
  const found = outcomes.find((known) => known === outcome);
  return kind === 'ended' && found ? { kind, word, outcome: found } : undefined;
}

const kinds: readonly JobFile['kind'][] = ['input', 'source', 'project', 'result', 'output', 'log'];

function readFile(value: unknown): JobFile | undefined {
  const at = fieldsOf(value);
  const kind = kinds.find((known) => known === at['kind']);
  const name = textOf(at['name']);
  if (!kind || name === undefined) return undefined;
  return { name, kind, ...given({ bytes: numberOf(at['bytes']), sha256: textOf(at['sha256']) }) };
}

/** Removes undefined members, as `exactOptionalPropertyTypes` requires. */
function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  // SAFETY: only undefined members are removed.
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
