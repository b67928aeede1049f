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

/** A job added by a test, without a program. */
export interface Injected {
  readonly name?: string;
  readonly alias?: string;
  readonly user?: string;
  /** Default: `Completed`. A final status also ends the job. */
  readonly status?: string;
  /** Milliseconds since 1970. */
  readonly submitted?: number;
  readonly started?: number;
  readonly ended?: number;
  readonly results?: string;
  readonly limitHours?: number;
  readonly fields?: Readonly<Record<string, string>>;
  readonly files?: readonly StoredFile[];
  /**
   * The log: its lines, or the number of lines `line 1`, `line 2`, …, which are generated when they are read.
   */
  readonly log?: readonly string[] | number;
  /** Milliseconds between lines of the log. */
  readonly lineEveryMs?: number;
}

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Source: docs/protocols/juliahub.md, 2.3. */
export const newJobName = (): string =>
  `jr-${[...Buffer.from(random(10), 'hex')].map((byte) => letters[byte % letters.length]).join('')}`;

/** Notifies the listeners of a change of a job. */
export function tell(job: DoubleJob): void {
  for (const listener of [...job.listeners]) listener();
}

/** Ends a job and its log. */
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

/** Adds a job. */
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
