import type { JobId } from '../../core/domain/job.js';
import { JobError } from '../../core/domain/problem.js';
import type { RunResult } from '../../remote/runOnHost.js';
import type { SchedulerCalls } from './schedulerCalls.js';
import type { ControlDialect } from './dialect.js';
import type { SchedulerJob } from './jobs/schedulerJob.js';
import type { JobWatcher } from './jobs/jobWatcher.js';
import { parseCommandFailure, toJobError } from './commandFailures.js';

type JobCommand = (id: JobId, signal: AbortSignal) => Promise<void>;
type ExtendCommand = (id: JobId, byMs: number, signal: AbortSignal) => Promise<void>;

/** The actions of a scheduler; absent members are not supported. */
export interface SchedulerControl {
  /** Of an array: all its tasks. */
  readonly cancel?: JobCommand;
  /** Of an array: only tasks that have not started. */
  readonly cancelQueued?: JobCommand;
  readonly hold?: JobCommand;
  readonly release?: JobCommand;
  readonly requeue?: JobCommand;
  readonly extend?: ExtendCommand;
}

/** Dependencies of changing jobs. */
export interface SchedulerControlDeps {
  readonly calls: SchedulerCalls;
  readonly dialect: ControlDialect;
  readonly watching: Pick<JobWatcher, 'invalidate' | 'markCancelled'>;
  /** Returns the present job. Rejects if the number no longer belongs to the job that was shown. */
  readonly confirm: (id: JobId, signal: AbortSignal) => Promise<SchedulerJob | undefined>;
}

/**
 * Actions on jobs. Each is sent to the scheduler once, after checking that the number still belongs to the job.
 * Actions that the dialect lacks are omitted. Source for Slurm: docs/protocols/slurm.md, 6.
 *
 * All throw {@link JobError} of kind `offline`, `gone`, `invalid` (the job has finished, or the number belongs to
 * another job), `refused`.
 */
export function createSchedulerControl({
  calls,
  dialect,
  watching,
  confirm,
}: SchedulerControlDeps): SchedulerControl {
  const { invalidate: stir, markCancelled: cancelled } = watching;
  const refused = async (argv: readonly string[], signal: AbortSignal): Promise<RunResult | undefined> => {
    const ran = await calls.execute(argv, signal).finally(stir);
    return ran.code === 0 ? undefined : ran;
  };
  const confirmed = async (id: JobId, signal: AbortSignal): Promise<SchedulerJob | undefined> => {
    try {
      return await confirm(validateWholeId(id), signal);
    } catch (error) {
      stir();
      throw error;
    }
  };
  const tell = async (id: JobId, argv: readonly string[], signal: AbortSignal): Promise<void> => {
    const ran = await refused(argv, signal);
    if (ran) throw toJobError(ran, calls, id);
  };
  const change = (toArgv: (id: string) => readonly string[]) => async (id: JobId, signal: AbortSignal) => {
    await confirmed(id, signal);
    await tell(id, toArgv(id), signal);
  };
  const cancel =
    (toArgv: NonNullable<ControlDialect['cancel']>): JobCommand =>
    async (id, signal) => {
      const seen = await confirmed(id, signal);
      const argv = toArgv(id, seen);
      try {
        await tell(id, argv, signal);
        cancelled(id);
      } catch (error) {
        // Cancelling a finished job is no error.
        if (error instanceof JobError && error.problem.kind === 'invalid') return;
        throw error;
      }
    };
  const extend =
    (toArgv: NonNullable<ControlDialect['extend']>): ExtendCommand =>
    async (id, byMs, signal) => {
      await confirmed(id, signal);
      const ran = await refused(toArgv(id, byMs), signal);
      if (!ran) return;
      const isDenied = parseCommandFailure(ran.errors, calls.style.failures).kind === 'denied';
      if (!isDenied || !dialect.toExtendDenial) throw toJobError(ran, calls, id);
      throw new JobError({ kind: 'refused', place: calls.place, words: dialect.toExtendDenial(id) });
    };
  return {
    ...(dialect.cancel ? { cancel: cancel(dialect.cancel) } : {}),
    ...(dialect.cancelQueued ? { cancelQueued: cancel(dialect.cancelQueued) } : {}),
    ...(dialect.hold ? { hold: change(dialect.hold) } : {}),
    ...(dialect.release ? { release: change(dialect.release) } : {}),
    ...(dialect.requeue ? { requeue: change(dialect.requeue) } : {}),
    ...(dialect.extend ? { extend: extend(dialect.extend) } : {}),
  };
}

/** A shortened ID of several tasks would select other tasks. */
function validateWholeId(id: JobId): JobId {
  if (!id.endsWith('...]')) return id;
  const why = `Too many tasks are selected. Select their array, ${id.replace(/_.*/s, '')}, instead.`;
  throw new JobError({ kind: 'invalid', why });
}
