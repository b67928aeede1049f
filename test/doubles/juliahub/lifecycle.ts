import { random } from './auth.js';
import {
  entriesOf,
  now,
  type DoubleJob,
  type Entries,
  type LogEntry,
  type State,
  type StoredFile,
} from './state.js';

/** A job that is put there by a test, without anything that runs. */
export interface Injected {
  readonly name?: string;
  readonly alias?: string;
  readonly user?: string;
  /** `Completed` unless told. Where it is one that a job ends with, the job has ended. */
  readonly status?: string;
  /** Milliseconds since 1970. */
  readonly submitted?: number;
  readonly started?: number;
  readonly ended?: number;
  readonly results?: string;
  readonly limitHours?: number;
  readonly fields?: Readonly<Record<string, string>>;
  readonly files?: readonly StoredFile[];
  /** The log: its lines, or how many there are of `line 1`, `line 2`, …, which are made as they are asked for. */
  readonly log?: readonly string[] | number;
  /** Milliseconds from one line of the log to the next. */
  readonly lineEveryMs?: number;
}

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Source: docs/protocols/juliahub.md, 2.3. */
export const newJobName = (): string =>
  `jr-${[...Buffer.from(random(10), 'hex')].map((byte) => letters[byte % letters.length]).join('')}`;

/** Says that something about a job is another. */
export function tell(job: DoubleJob): void {
  for (const listener of [...job.listeners]) listener();
}

/** The job is over, and nothing follows in its log. */
export function end(state: State, job: DoubleJob, status: string): void {
  job.status = status;
  job.ended = now(state);
  delete job.link;
  tell(job);
}

/** Adds a line to a job's log. */
export function add(
  state: State,
  job: DoubleJob,
  message: string,
  more: Partial<Omit<LogEntry, 'id' | 'message'>> = {},
): void {
  job.log.push({ id: entriesOf(job).length + 1, ms: now(state), message, ...more });
  tell(job);
}

/** Puts a job there. */
export function inject(state: State, given: Injected): DoubleJob {
  const { status = 'Completed', log = [] } = given;
  const isEnded = ['Completed', 'Failed', 'Stopped'].includes(status);
  const isStarted = isEnded || status === 'Running';
  const submitted = given.submitted ?? now(state) - 600_000;
  const started = given.started ?? (isStarted ? submitted + 60_000 : undefined);
  const ended = given.ended ?? (isEnded ? submitted + 120_000 : undefined);
  const stop = new AbortController();
  const job: DoubleJob = {
    id: 8000 + state.jobs.length,
    name: given.name ?? newJobName(),
    user: given.user ?? state.controls.user,
    fields: new Map(
      Object.entries({
        ...(given.alias === undefined ? {} : { args: JSON.stringify({ jobname: given.alias }) }),
        ...given.fields,
      }),
    ),
    status,
    submitted,
    ...(started === undefined ? {} : { started }),
    ...(ended === undefined ? {} : { ended }),
    results: given.results ?? '',
    limitHours: given.limitHours,
    log: [],
    lazy: lines(log, started ?? submitted, given.lineEveryMs ?? 10),
    files: [...(given.files ?? [])],
    stop,
    listeners: new Set(),
  };
  stop.signal.addEventListener('abort', () => {
    if (job.ended === undefined) end(state, job, String(stop.signal.reason));
  });
  state.jobs.unshift(job);
  return job;
}

function lines(log: readonly string[] | number, from: number, everyMs: number): Entries {
  const length = typeof log === 'number' ? log : log.length;
  return {
    length,
    at: (index) => {
      if (index < 0 || index >= length) return undefined;
      const message = typeof log === 'number' ? `line ${String(index + 1)}` : (log[index] ?? '');
      return { id: index + 1, ms: from + index * everyMs, message };
    },
  };
}
