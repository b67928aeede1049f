import * as z from 'zod/mini';
import type { JobControl } from '../../core/domain/backend.js';
import { JobError } from '../../core/domain/problem.js';
import { read } from './answers.js';
import type { Calls } from './calls.js';
import { isMissing, refusal, saidBy } from './failedAnswer.js';
import type { Remembered } from './remembered.js';
import { hourMs } from '../../lib/time.js';

const Killed = z.object({ status: z.optional(z.unknown()), message: z.optional(z.unknown()) });
const Extended = z.object({ success: z.optional(z.boolean()), message: z.optional(z.unknown()) });

/** Cancels and extends jobs. Requests are never repeated automatically, although cancelling is a GET. */
export function juliaHubControl(
  calls: Calls,
  known: Remembered,
): Required<Pick<JobControl, 'cancel' | 'extend'>> {
  const { place } = calls;
  const refused = (message: unknown): JobError => refusal(message, place);
  return {
    // Source: docs/protocols/juliahub.md, 7.1.
    cancel: async (id, signal) => {
      const path = ['juliaruncloud', 'kill_job'];
      const answer = await calls.ask({ method: 'GET', path, query: { jobname: id } }, signal);
      if (isMissing(answer, [403])) throw new JobError({ kind: 'gone', name: id }, { cause: saidBy(answer) });
      const { status, message } = read(answer, Killed, { place, what: 'cancelling a job' });
      if (status !== true) throw refused(message);
    },
    // Source: docs/protocols/juliahub.md, 7.2.
    extend: async (id, byMs, signal) => {
      const hours = byMs / hourMs;
      if (!Number.isInteger(hours) || hours < 1)
        throw new JobError({ kind: 'invalid', why: 'JuliaHub extends time limits in whole hours.' });
      const path = ['juliaruncloud', 'extend_job_time_limit'];
      const body = Buffer.from(JSON.stringify({ jobname: id, extendby: hours }));
      const answer = await calls.ask({ method: 'POST', path, body }, signal);
      if (isMissing(answer, [403])) throw new JobError({ kind: 'gone', name: id }, { cause: saidBy(answer) });
      const { success, message } = read(answer, Extended, { place, what: 'extending a job' });
      if (success !== true) {
        if (typeof message === 'string' && message.startsWith('Invalid jobname'))
          throw new JobError({ kind: 'gone', name: id });
        throw refused(message);
      }
      const before = await known.of(id);
      if (before?.limitMs !== undefined) await known.put(id, { ...before, limitMs: before.limitMs + byMs });
    },
  };
}
