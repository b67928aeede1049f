import { raceAbort, getAbortError, neverAborted } from '../../../lib/abort.js';
import { JobError } from '../../../core/domain/problem.js';
import type { RunResult } from '../../../remote/runOnHost.js';
import type { SchedulerCalls } from '../schedulerCalls.js';
import type { ControlDialect, SubmitDialect } from '../dialect.js';
import { formatRejection } from './dryRun.js';
import { toJobError } from '../commandFailures.js';
import type { StagedJob } from './staging.js';
import type { SubmissionCommand, SubmissionPaths, SubmitResponse } from './submission.js';

/** Dependencies of calling the submit command. */
export interface SendBatchDeps {
  readonly calls: SchedulerCalls;
  readonly dialect: Pick<SubmitDialect, 'program' | 'parseResponse' | 'parseRefusal' | 'clusters'>;
  readonly control: Pick<ControlDialect, 'cancel'>;
  /** The ID of the job in this folder, by a new query; undefined if there is none. */
  readonly findJobId: (place: SubmissionPaths, signal: AbortSignal) => Promise<string | undefined>;
  /** True if this job was cancelled before it started; false also if that is unknown. */
  readonly hasNeverStarted: (id: string) => Promise<boolean>;
  readonly invalidate: () => void;
}

/** The submit command. */
export interface BatchCommand extends Pick<SubmissionCommand, 'argv' | 'input' | 'name'> {
  readonly env: Readonly<Record<string, string>>;
}

/** A created job. */
export interface SentJob {
  readonly id: string;
  /** The stderr of the command. */
  readonly errors: string;
}

/**
 * Calls the command once. A printed ID is valid whatever the exit code; without one, the job can be found by its
 * folder, which is unique. The folder is deleted only if it is certain that no job exists. If the user cancels while
 * the command runs, the job is cancelled as soon as its ID is known.
 */
export async function sendBatch(
  deps: SendBatchDeps,
  staged: StagedJob,
  command: BatchCommand,
  signal: AbortSignal,
): Promise<SentJob> {
  const { calls, dialect, findJobId: find } = deps;
  if (signal.aborted) await staged.discard();
  signal.throwIfAborted();
  // A started command is not interrupted; otherwise it would be unknown whether a job exists.
  const sending = calls.execute(command.argv, neverAborted, command.env, command.input);
  let ran: RunResult | undefined;
  try {
    ran = await raceAbort(sending, signal, getAbortError);
  } catch (error) {
    if (signal.aborted) void rollBack(deps, staged, sending);
    else if (isNotStarted(error)) await staged.discard();
    if (signal.aborted || !isResponseLost(error)) throw error;
  }
  const errors = ran?.errors ?? '';
  const answer = ran && dialect.parseResponse(ran);
  if (answer) return { id: await confirmJobId(deps, staged, answer, command), errors };
  // A wrapper of the command can print the same words after the submission: only a query of the queue is certain.
  const looked = await find(staged.paths, neverAborted).then(
    (id) => ({ id }),
    () => undefined,
  );
  if (looked?.id !== undefined) return { id: looked.id, errors };
  const refusal = ran && dialect.parseRefusal(ran);
  if (ran && refusal !== undefined && (looked || refusal === 'final')) {
    await staged.discard();
    throw addReport(toJobError(ran, calls, ''), formatRejection(command.argv, staged.paths.folder, ran));
  }
  throw createUnconfirmedError(ran, staged.paths, command, deps);
}

/** A rejection also shows the command line and everything that it printed. */
const addReport = (error: JobError, report: string): JobError =>
  error.problem.kind === 'refused' ? new JobError({ ...error.problem, report }, { cause: error }) : error;

/** It is unknown whether a job exists, so its folder is kept. */
function createUnconfirmedError(
  ran: RunResult | undefined,
  { folder }: SubmissionPaths,
  { name }: BatchCommand,
  { calls, dialect: { program } }: SendBatchDeps,
): JobError {
  const { place } = calls;
  if (ran?.code === 0) return new JobError({ kind: 'badAnswer', place, what: program });
  const problem = ran && toJobError(ran, calls, '').problem;
  if (problem?.kind !== 'refused') return new JobError({ kind: 'unclearSubmit', place, name });
  const words = `${problem.words} · It is not certain whether the job exists; its files are kept in ${folder}.`;
  return new JobError({ kind: 'refused', place, words });
}

/** The ID of the job, after checking that the job is on the cluster of this connection. */
async function confirmJobId(
  deps: SendBatchDeps,
  { paths: place }: StagedJob,
  { id, cluster, isUnsure, isAlone }: SubmitResponse,
  command: BatchCommand,
): Promise<string> {
  const { calls, dialect, findJobId: find } = deps;
  const isOurs =
    cluster === undefined || (await dialect.clusters?.isOwn(cluster, neverAborted).catch(() => false));
  if (isOurs && isAlone && !isUnsure) return id;
  // In a federation the queue lists the jobs of all clusters, and numbers are unique.
  const found = await find(place, neverAborted).catch(() => undefined);
  if (found !== undefined && (isOurs || found === id)) return found;
  // If several numbers were printed, the job's is not guessed: the others can belong to other jobs.
  if (isOurs && isUnsure) throw createUnconfirmedError(undefined, place, command, deps);
  if (isOurs) return id;
  throw new JobError({
    kind: 'invalid',
    why: `The job was submitted to another cluster, ${cluster}, where its ID is ${id}. ${calls.place} shows only jobs of its own cluster. The job's files are in ${place.folder}.`,
  });
}

/** True if the program was not found or could not be started. */
function isNotStarted(error: unknown): boolean {
  if (error instanceof JobError)
    return error.problem.kind === 'missingTool' || (error.cause !== undefined && isNotStarted(error.cause));
  return (
    error instanceof RangeError ||
    (error instanceof Error && 'syscall' in error && /^spawn/.test(String(error.syscall)))
  );
}

const isResponseLost = (error: unknown): boolean =>
  error instanceof JobError && (error.problem.kind === 'offline' || error.problem.kind === 'badAnswer');

/**
 * Cancels the job that the command is about to create. Its folder is kept where the job may have started, or that is
 * unknown.
 */
async function rollBack(deps: SendBatchDeps, staged: StagedJob, sending: Promise<RunResult>): Promise<void> {
  const { calls, dialect, control, findJobId: find, hasNeverStarted: hasNeverBegun, invalidate: stir } = deps;
  try {
    const ran = await sending.catch((error: unknown) => {
      if (isResponseLost(error)) return undefined;
      throw error;
    });
    const answer = ran && dialect.parseResponse(ran);
    const isSure = answer?.isAlone === true && !answer.isUnsure;
    const found = isSure ? undefined : await find(staged.paths, neverAborted);
    const id = found ?? (answer?.isUnsure === false ? answer.id : undefined);
    if (id === undefined) {
      if (ran && dialect.parseRefusal(ran) !== undefined) await staged.discard();
      return;
    }
    const { clusters } = dialect;
    const cluster = answer?.cluster;
    const isElsewhere = cluster !== undefined && !(await clusters?.isOwn(cluster, neverAborted));
    const argv = isElsewhere ? clusters?.cancelArgv(id, cluster) : control.cancel?.(id, undefined);
    if (!argv) return;
    const { code } = await calls.execute(argv, neverAborted).finally(stir);
    if (code === 0 && !isElsewhere && (await hasNeverBegun(id))) await staged.discard();
  } catch (error) {
    if (isNotStarted(error)) await staged.discard();
  }
}
