import type {
  Backend,
  JobSubmission,
  JobQueries,
  JobPorts,
  JobLogs,
  JobFiles,
  JobControl,
} from '../../src/core/domain/backend.js';
import {
  toJobId,
  type Job,
  type JobId,
  type JobFile,
  type JobState,
  type TaskCounts,
} from '../../src/core/domain/job.js';
import type { LogEvent, LogStart } from '../../src/core/domain/log.js';
import { getJobStatus } from '../../src/core/domain/job.js';
import type { Account } from '../../src/core/domain/account.js';
import { type BackendCapabilities, createPollInterval } from '../../src/core/domain/capabilities.js';
import type { Connection } from '../../src/core/domain/connection.js';
import type { JobAction } from '../../src/core/domain/jobAction.js';
import { toBatches } from '../../src/core/domain/logBatches.js';
import { type JobListResult, createPagedList } from '../../src/core/domain/paging.js';
import {
  createHoldAction,
  createReleaseAction,
  createRequeueAction,
  createCancelQueuedAction,
} from '../../src/core/presentation/queueActions.js';
import type { JobDraft, ReviewItem } from '../../src/core/domain/jobSpec.js';

/** The time at which the tests' clocks are stopped. */
export const noon = new Date('2026-03-05T12:00:00Z');

/** This many milliseconds before {@link noon}. */
export const before = (ms: number): Date => new Date(noon.getTime() - ms);

export const queued: JobState = { kind: 'queued', word: 'Queued' };
export const running: JobState = { kind: 'running', word: 'Running' };
export const completed: JobState = { kind: 'ended', word: 'Completed', outcome: 'completed' };
export const failed: JobState = { kind: 'ended', word: 'Failed', outcome: 'failed' };
export const stopped: JobState = { kind: 'ended', word: 'Stopped', outcome: 'stopped' };

/** A job with these members and the required ones. */
export const jobOf = ({
  id = 'j1',
  ...members
}: Partial<Omit<Job, 'id'>> & { readonly id?: string } = {}): Job => ({
  id: toJobId(id),
  name: 'fit.jl',
  state: running,
  resources: [],
  inputs: {},
  files: [],
  raw: { id },
  ...members,
});

/** An array with a task `<id>_<index>` in each of these states, its own job first. */
export function arrayOf(
  states: readonly JobState[],
  members: Parameters<typeof jobOf>[0] = {},
): readonly Job[] {
  const array = jobOf({ id: '36', name: 'sweep.py', ...members, tasks: countsOf(states) });
  const tasks = states.map((state, index) =>
    jobOf({ id: `${array.id}_${String(index)}`, name: array.name, state, parent: array.id }),
  );
  return [array, ...tasks];
}

function countsOf(states: readonly JobState[]): TaskCounts {
  const count = (look: string): number => states.filter((state) => getJobStatus(state) === look).length;
  return {
    queued: count('queued'),
    running: count('running'),
    completed: count('completed'),
    failed: count('failed'),
    stopped: count('stopped'),
  };
}

/** The events of a log with these lines. */
export const lineEvents = (...lines: readonly string[]): readonly LogEvent[] =>
  lines.map((text, index) => ({ kind: 'line', text, next: String(index + 1) }));

/** Members of a backend that a test sets; {@link backendOf} groups them. */
export interface FakeMembers {
  readonly jobs?: readonly Job[];
  readonly connection?: Connection;
  readonly capabilities?: Partial<BackendCapabilities>;
  readonly list?: (count: number, signal: AbortSignal) => Promise<JobListResult>;
  readonly job?: JobQueries['get'];
  readonly changes?: JobQueries['changes'];
  readonly children?: JobQueries['children'];
  readonly questions?: JobSubmission['questions'];
  /** The items of a validation. */
  readonly validate?: (draft: JobDraft, signal: AbortSignal) => Promise<readonly ReviewItem[]>;
  readonly getDefaults?: JobSubmission['getDefaults'];
  readonly dryRun?: JobSubmission['dryRun'];
  readonly send?: JobSubmission['send'];
  readonly previous?: JobSubmission['previous'];
  readonly again?: JobSubmission['again'];
  readonly getDraft?: JobSubmission['getDraft'];
  readonly applications?: JobSubmission['applications'];
  readonly getNotice?: JobSubmission['getNotice'];
  readonly sources?: JobLogs['sources'];
  readonly log?: (
    id: JobId,
    from: LogStart,
    follow: boolean,
    signal: AbortSignal,
    source?: string,
  ) => AsyncIterable<LogEvent>;
  readonly older?: JobLogs['older'];
  readonly isLossy?: true;
  readonly cancel?: JobControl['cancel'];
  readonly extend?: JobControl['extend'];
  readonly delete?: JobControl['delete'];
  readonly actions?: JobControl['actions'];
  readonly hold?: JobControl['cancel'];
  readonly release?: JobControl['cancel'];
  readonly requeue?: JobControl['cancel'];
  readonly cancelQueued?: JobControl['cancel'];
  readonly files?: (id: JobId, signal: AbortSignal) => Promise<readonly JobFile[]>;
  readonly read?: JobFiles['read'];
  readonly script?: JobFiles['script'];
  readonly localFolder?: JobFiles['localFolder'];
  readonly getLocalPath?: JobFiles['getLocalPath'];
  readonly markSeen?: JobFiles['markSeen'];
  readonly request?: JobPorts['request'];
  readonly account?: Account;
  readonly resetPrompts?: () => void;
  readonly dispose?: () => void;
}

/** The default capabilities of a fake: arguments and environment, without a limit. */
const fakeCapabilities: BackendCapabilities = {
  kinds: [],
  args: true,
  env: true,
  pollInterval: createPollInterval(1_000, 10_000),
};

/** An object without its undefined members; undefined: it would be empty. */
function withMembers<T extends object>(members: { readonly [K in keyof T]: T[K] | undefined }):
  T | undefined {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  // SAFETY: callers only leave optional members of T undefined.
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as T);
}

/** A backend with these members and otherwise only the required ones. Its jobs are `jobs`. */
export function backendOf(members: FakeMembers = {}): Backend {
  const { jobs = [], connection, capabilities, account, resetPrompts, dispose } = members;
  const list: NonNullable<FakeMembers['list']> =
    members.list ??
    ((count) => Promise.resolve({ jobs: jobs.slice(0, count), hasMore: jobs.length > count, malformed: [] }));
  const submit = fakeSubmission(members);
  const control = fakeControl(members);
  const files = fakeFiles(members);
  return {
    connection: connection ?? { id: 'local', kind: 'local', title: 'Local', settings: {} },
    capabilities: { ...fakeCapabilities, ...(members.send ? { kinds: ['script'] } : {}), ...capabilities },
    jobs: {
      list: createPagedList(list),
      get: members.job ?? ((id) => Promise.resolve(jobs.find((job) => job.id === id))),
      ...(members.changes ? { changes: members.changes } : {}),
      ...(members.children ? { children: members.children } : {}),
    },
    logs: fakeLogs(members),
    ...(submit ? { submit } : {}),
    ...(control ? { control } : {}),
    ...(files ? { files } : {}),
    ...(members.request ? { ports: { request: members.request } } : {}),
    ...(account ? { account } : {}),
    ...(resetPrompts ? { resetPrompts } : {}),
    ...(dispose ? { dispose } : {}),
  };
}

function fakeSubmission(members: FakeMembers): JobSubmission | undefined {
  const { questions, validate, getDefaults, dryRun, send, previous } = members;
  const { again, getDraft, applications, getNotice } = members;
  const optional = withMembers<Omit<JobSubmission, 'send'>>({
    questions,
    validate: validate && (async (draft, signal) => ({ items: await validate(draft, signal) })),
    getDefaults,
    dryRun,
    previous,
    again,
    getDraft,
    applications,
    getNotice,
  });
  if (!send && !optional) return undefined;
  return { send: send ?? (() => Promise.reject(new Error('the fake accepts no submissions'))), ...optional };
}

function fakeLogs({ log, older, sources, isLossy }: FakeMembers): JobLogs {
  return {
    read: (id, from, follow, signal, source) =>
      toBatches(log ? log(id, from, follow, signal, source) : noEvents()),
    ...withMembers<Omit<JobLogs, 'read'>>({ older, sources, isLossy }),
  };
}

async function* noEvents(): AsyncGenerator<LogEvent> {
  yield* [];
}

/** An action that only this engine has. It is enabled while a job runs, and asks for a reason. */
export const suspendAction = (act: (id: JobId, reason: string) => Promise<void>): JobAction => ({
  id: 'suspend',
  title: 'Suspend Job',
  icon: 'debug-pause',
  inputs: [{ id: 'reason', title: 'Reason', prompt: 'Why it is suspended', optional: true }],
  confirm: ([first, ...others]) => ({
    question: `Suspend ${others.length === 0 ? first.name : `${String(others.length + 1)} jobs`}?`,
    detail: 'It stays in memory.',
    button: 'Suspend Job',
  }),
  progress: ({ name }) => `Suspending ${name}`,
  isEnabled: ({ state }) => state.kind === 'running',
  run: ({ id }, { reason = '' }) => act(id, reason),
});

function fakeControl(members: FakeMembers): JobControl | undefined {
  const { cancel, extend, hold, release, requeue, cancelQueued, actions = [] } = members;
  const all: readonly JobAction[] = [
    ...(hold ? [createHoldAction(({ id }, signal) => hold(id, signal))] : []),
    ...(release ? [createReleaseAction(({ id }, signal) => release(id, signal))] : []),
    ...(requeue ? [createRequeueAction(({ id }, signal) => requeue(id, signal))] : []),
    ...(cancelQueued ? [createCancelQueuedAction(({ id }, signal) => cancelQueued(id, signal))] : []),
    ...actions,
  ];
  return withMembers<JobControl>({
    cancel,
    extend,
    delete: members.delete,
    actions: all.length === 0 ? undefined : all,
  });
}

function fakeFiles({
  files,
  read,
  script,
  localFolder,
  getLocalPath,
  markSeen,
}: FakeMembers): JobFiles | undefined {
  const list: JobFiles['list'] =
    files && (async (id, _, signal) => ({ items: await files(id, signal), malformed: [] }));
  return withMembers<JobFiles>({ list, read, script, localFolder, getLocalPath, markSeen });
}
