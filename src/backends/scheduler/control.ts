import type { Backend } from '../../core/domain/backend.js';
import type { JobId } from '../../core/domain/job.js';
import { JobError } from '../../core/domain/problem.js';
import type { Say } from '../../lib/say.js';
import type { Ran } from '../../remote/run.js';
import type { Calls } from './calls.js';
import type { ControlDialect } from './dialect.js';
import type { Seen } from './jobs/seen.js';
import type { Watch } from './jobs/watch.js';
import { parseRefusal, problemOf } from './refusals.js';

type Control = Pick<Backend, 'cancel' | 'hold' | 'release' | 'requeue' | 'extend'>;

/** What changing jobs needs. */
export interface ControlDeps {
  readonly calls: Calls;
  readonly dialect: ControlDialect;
  readonly watching: Pick<Watch, 'stir' | 'cancelled'>;
  /** Gives the job as it is now. Rejects where a number does not mean the job that was shown. */
  readonly confirm: (id: JobId, signal: AbortSignal) => Promise<Seen | undefined>;
  readonly say: Say;
}

/**
 * What is done with jobs, each asked of the scheduler once, after a look whether its number still means it. Source of
 * Slurm's: docs/protocols/slurm.md, 6. Actions that the dialect does not have are left out.
 *
 * All throw {@link JobError} of kind `offline`, `gone`, `invalid` (it has ended, or its number is another's), `refused`.
 */
export function createControl({ calls, dialect, watching, confirm, say }: ControlDeps): Control {
  const { stir, cancelled } = watching;
  const refused = async (argv: readonly string[], signal: AbortSignal): Promise<Ran | undefined> => {
    const ran = await calls.tell(argv, signal).finally(stir);
    return ran.code === 0 ? undefined : ran;
  };
  const confirmed = async (id: JobId, signal: AbortSignal): Promise<Seen | undefined> => {
    try {
      return await confirm(wholeId(id, say), signal);
    } catch (error) {
      stir();
      throw error;
    }
  };
  const tell = async (id: JobId, argv: readonly string[], signal: AbortSignal): Promise<void> => {
    const ran = await refused(argv, signal);
    if (ran) throw problemOf(ran, calls, id, say);
  };
  const change = (toArgv: (id: string) => readonly string[]) => async (id: JobId, signal: AbortSignal) => {
    await confirmed(id, signal);
    await tell(id, toArgv(id), signal);
  };
  const cancel: NonNullable<Backend['cancel']> = async (id, signal, only) => {
    const seen = await confirmed(id, signal);
    const argv = only === 'queued' ? dialect.cancelQueued?.(id) : dialect.cancel?.(id, seen);
    if (!argv) throw new RangeError('this scheduler cannot cancel queued tasks alone');
    try {
      await tell(id, argv, signal);
      cancelled(id);
    } catch (error) {
      // Whoever wants a job to end has what they want where it has ended.
      if (error instanceof JobError && error.problem.kind === 'invalid') return;
      throw error;
    }
  };
  const extend =
    (toArgv: NonNullable<ControlDialect['extend']>): NonNullable<Backend['extend']> =>
    async (id, byMs, signal) => {
      await confirmed(id, signal);
      const ran = await refused(toArgv(id, byMs), signal);
      if (!ran) return;
      const isDenied = parseRefusal(ran.errors, calls.style.refusals).kind === 'denied';
      if (!isDenied || !dialect.toExtendDenial) throw problemOf(ran, calls, id, say);
      throw new JobError({ kind: 'refused', place: calls.place, words: dialect.toExtendDenial(id, say) });
    };
  return {
    ...(dialect.cancel ? { cancel } : {}),
    ...(dialect.hold ? { hold: change(dialect.hold) } : {}),
    ...(dialect.release ? { release: change(dialect.release) } : {}),
    ...(dialect.requeue ? { requeue: change(dialect.requeue) } : {}),
    ...(dialect.extend ? { extend: extend(dialect.extend) } : {}),
  };
}

/** An id that stands for tasks of which not all fit into it would mean others to a scheduler. */
function wholeId(id: JobId, say: Say): JobId {
  if (!id.endsWith('...]')) return id;
  const why = say('These tasks are too many to be named: choose their array, {0}.', id.replace(/_.*/s, ''));
  throw new JobError({ kind: 'invalid', why });
}
