import type { JobId } from '../../core/domain/job.js';
import { JobError } from '../../core/domain/problem.js';
import type { Say } from '../../lib/say.js';
import type { Ran } from '../../remote/run.js';
import type { Calls } from './calls.js';
import { refusal } from './errors.js';
import { problemOf } from './problems.js';
import type { Watch } from './watch.js';

type Change = (id: JobId, signal: AbortSignal) => Promise<void>;

export interface Control {
  readonly cancel: (id: JobId, signal: AbortSignal, only?: 'queued') => Promise<void>;
  readonly hold: Change;
  readonly release: Change;
  readonly requeue: Change;
  readonly extend: (id: JobId, byMs: number, signal: AbortSignal) => Promise<void>;
}

/**
 * What is done with jobs, each asked of Slurm once, after a look whether its number still means it. Source: docs/protocols/slurm.md, 6.
 *
 * @param confirm - Rejects where a number does not mean the job that was shown.
 *
 * All throw {@link JobError} of kind `offline`, `gone`, `invalid` (it has ended, or its number is another's), `refused`.
 */
export function slurmControl(
  calls: Calls,
  { stir, cancelled }: Pick<Watch, 'stir' | 'cancelled'>,
  confirm: (id: JobId, signal: AbortSignal) => Promise<void>,
  say: Say,
): Control {
  const refused = async (argv: readonly string[], signal: AbortSignal): Promise<Ran | undefined> => {
    const ran = await calls.tell(argv, signal).finally(stir);
    return ran.code === 0 ? undefined : ran;
  };
  const confirmed = async (id: JobId, signal: AbortSignal): Promise<void> => {
    try {
      await confirm(wholeId(id, say), signal);
    } catch (error) {
      stir();
      throw error;
    }
  };
  const tell = async (id: JobId, argv: readonly string[], signal: AbortSignal): Promise<void> => {
    const ran = await refused(argv, signal);
    if (ran) throw problemOf(ran, calls.place, id, say);
  };
  const change = async (what: string, id: JobId, signal: AbortSignal): Promise<void> => {
    await confirmed(id, signal);
    await tell(id, ['scontrol', what, id], signal);
  };
  return {
    cancel: async (id, signal, only) => {
      await confirmed(id, signal);
      const state = only === 'queued' ? ['--state=PENDING'] : [];
      try {
        await tell(id, ['scancel', ...state, id], signal);
        cancelled(id);
      } catch (error) {
        // Whoever wants a job to end has what they want where it has ended.
        if (error instanceof JobError && error.problem.kind === 'invalid') return;
        throw error;
      }
    },
    hold: (id, signal) => change('hold', id, signal),
    release: (id, signal) => change('release', id, signal),
    requeue: (id, signal) => change('requeue', id, signal),
    extend: async (id, byMs, signal) => {
      await confirmed(id, signal);
      const minutes = Math.max(1, Math.ceil(byMs / 60_000));
      const argv = ['scontrol', 'update', `JobId=${id}`, `TimeLimit+=${String(minutes)}`];
      const ran = await refused(argv, signal);
      if (!ran) return;
      if (refusal(ran.errors).kind !== 'denied') throw problemOf(ran, calls.place, id, say);
      const words = say(
        'only administrators of a Slurm cluster may raise the limit of a job. Ask them, with the job number {0}, or submit it again with a longer limit.',
        id,
      );
      throw new JobError({ kind: 'refused', place: calls.place, words });
    },
  };
}

/** An id that stands for tasks of which not all fit into it would mean others to Slurm. */
function wholeId(id: JobId, say: Say): JobId {
  if (!id.endsWith('...]')) return id;
  const why = say('These tasks are too many to be named: choose their array, {0}.', id.replace(/_.*/s, ''));
  throw new JobError({ kind: 'invalid', why });
}
