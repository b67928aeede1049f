import { raceAbort, getAbortError, neverAborted } from '../../../lib/abort.js';
import { JobError } from '../../../core/domain/problem.js';
import type { Ran } from '../../../remote/run.js';
import type { Calls } from '../calls.js';
import type { ControlDialect, SubmitDialect } from '../dialect.js';
import { problemOf } from '../refusals.js';
import type { Staged } from './staging.js';
import type { Submission, SubmissionPlace, SubmitAnswer } from './submission.js';

/** What calling the command that submits needs. */
export interface SendingDeps {
  readonly calls: Calls;
  readonly dialect: Pick<SubmitDialect, 'program' | 'parseAnswer' | 'parseRefusal' | 'clusters'>;
  readonly control: Pick<ControlDialect, 'cancel'>;
  /** The id of the job whose folder this is, by a fresh look; undefined: there is none. */
  readonly find: (place: SubmissionPlace, signal: AbortSignal) => Promise<string | undefined>;
  /** True where this job was cancelled before it began; false also where that cannot be told. */
  readonly hasNeverBegun: (id: string) => Promise<boolean>;
  readonly stir: () => void;
}

/** How the command is called. */
export interface BatchCommand extends Pick<Submission, 'argv' | 'input' | 'name'> {
  readonly env: Readonly<Record<string, string>>;
}

/** A job that was made. */
export interface SentJob {
  readonly id: string;
  /** What the command wrote besides. */
  readonly errors: string;
}

/**
 * Calls the command, once. An id that was printed counts, however it ended; without one the job may be found by its folder,
 * which no other has. The folder is removed only where it is certain that there is no job. Where the user stops it while
 * the command runs, the job is cancelled as soon as it has a number.
 */
export async function sendBatch(
  deps: SendingDeps,
  staged: Staged,
  command: BatchCommand,
  signal: AbortSignal,
): Promise<SentJob> {
  const { calls, dialect, find } = deps;
  if (signal.aborted) await staged.discard();
  signal.throwIfAborted();
  // Once begun it is not broken off, or nobody knew whether there is a job.
  const sending = calls.tell(command.argv, neverAborted, command.env, command.input);
  let ran: Ran | undefined;
  try {
    ran = await raceAbort(sending, signal, getAbortError);
  } catch (error) {
    if (signal.aborted) void takeBack(deps, staged, sending);
    else if (isNeverRun(error)) await staged.discard();
    if (signal.aborted || !isAnswerLost(error)) throw error;
  }
  const errors = ran?.errors ?? '';
  const answer = ran && dialect.parseAnswer(ran);
  if (answer) return { id: await confirmed(deps, staged, answer, command), errors };
  // A program around the command may use its words after the submission: only a look at the queue makes it certain.
  const looked = await find(staged.place, neverAborted).then(
    (id) => ({ id }),
    () => undefined,
  );
  if (looked?.id !== undefined) return { id: looked.id, errors };
  const refusal = ran && dialect.parseRefusal(ran);
  if (ran && refusal !== undefined && (looked || refusal === 'final')) {
    await staged.discard();
    throw problemOf(ran, calls, '');
  }
  throw unclear(ran, staged.place, command, deps);
}

/** Nobody knows whether there is a job; its folder stays. */
function unclear(
  ran: Ran | undefined,
  { folder }: SubmissionPlace,
  { name }: BatchCommand,
  { calls, dialect: { program } }: SendingDeps,
): JobError {
  const { place } = calls;
  if (ran?.code === 0) return new JobError({ kind: 'badAnswer', place, what: program });
  const problem = ran && problemOf(ran, calls, '').problem;
  if (problem?.kind !== 'refused') return new JobError({ kind: 'unclearSubmit', place, name });
  const words = `${problem.words} · It is not certain whether the job exists; its files are kept in ${folder}.`;
  return new JobError({ kind: 'refused', place, words });
}

/** The number of the job, once it is sure that it is one of the cluster that all calls ask. */
async function confirmed(
  deps: SendingDeps,
  { place }: Staged,
  { id, cluster, isUnsure, isAlone }: SubmitAnswer,
  command: BatchCommand,
): Promise<string> {
  const { calls, dialect, find } = deps;
  const isOurs =
    cluster === undefined || (await dialect.clusters?.isOwn(cluster, neverAborted).catch(() => false));
  if (isOurs && isAlone && !isUnsure) return id;
  // Within a federation the queue shows the jobs of all its clusters, and no two have one number.
  const found = await find(place, neverAborted).catch(() => undefined);
  if (found !== undefined && (isOurs || found === id)) return found;
  // Which of several numbers is the job's is not guessed: another job may have the others.
  if (isOurs && isUnsure) throw unclear(undefined, place, command, deps);
  if (isOurs) return id;
  throw new JobError({
    kind: 'invalid',
    why: `The job was submitted to another cluster, ${cluster}, where its ID is ${id}. ${calls.place} shows only jobs of its own cluster. The job's files are in ${place.folder}.`,
  });
}

/** The program was not there, or could not be started. */
function isNeverRun(error: unknown): boolean {
  if (error instanceof JobError)
    return error.problem.kind === 'missingTool' || (error.cause !== undefined && isNeverRun(error.cause));
  return (
    error instanceof RangeError ||
    (error instanceof Error && 'syscall' in error && /^spawn/.test(String(error.syscall)))
  );
}

const isAnswerLost = (error: unknown): boolean =>
  error instanceof JobError && (error.problem.kind === 'offline' || error.problem.kind === 'badAnswer');

/** The user does not want the job that the command is about to make. Where it may have begun, or nobody knows, its folder stays. */
async function takeBack(deps: SendingDeps, staged: Staged, sending: Promise<Ran>): Promise<void> {
  const { calls, dialect, control, find, hasNeverBegun, stir } = deps;
  try {
    const ran = await sending.catch((error: unknown) => {
      if (isAnswerLost(error)) return undefined;
      throw error;
    });
    const answer = ran && dialect.parseAnswer(ran);
    const isSure = answer?.isAlone === true && !answer.isUnsure;
    const found = isSure ? undefined : await find(staged.place, neverAborted);
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
    const { code } = await calls.tell(argv, neverAborted).finally(stir);
    if (code === 0 && !isElsewhere && (await hasNeverBegun(id))) await staged.discard();
  } catch (error) {
    if (isNeverRun(error)) await staged.discard();
  }
}
