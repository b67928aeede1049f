import * as z from 'zod/mini';
import type { JobControl } from '../../core/domain/backend.js';
import { JobError } from '../../core/domain/problem.js';
import { parseResponse } from './parseResponse.js';
import type { ServerCalls } from './serverCalls.js';
import { isNotFoundResponse, createRefusalError, toMessageError } from './httpErrors.js';
import type { JuliaHubJobStore } from './jobMetadata.js';
import { hourMs } from '../../lib/time.js';

const KillResponseShape = z.object({ status: z.optional(z.unknown()), message: z.optional(z.unknown()) });
const ExtendResponseShape = z.object({ success: z.optional(z.boolean()), message: z.optional(z.unknown()) });

/** Cancels and extends jobs. Requests are never repeated automatically, although cancelling is a GET. */
export function createJuliaHubControl(
  calls: ServerCalls,
  known: JuliaHubJobStore,
): Required<Pick<JobControl, 'cancel' | 'extend'>> {
  const { place } = calls;
  const refused = (message: unknown): JobError => createRefusalError(message, place);
  return {
    // Source: docs/protocols/juliahub.md, 7.1.
    cancel: async (id, signal) => {
      const path = ['juliaruncloud', 'kill_job'];
      const answer = await calls.send({ method: 'GET', path, query: { jobname: id } }, signal);
      if (isNotFoundResponse(answer, [403]))
        throw new JobError({ kind: 'gone', name: id }, { cause: toMessageError(answer) });
      const { status, message } = parseResponse(answer, KillResponseShape, {
        place,
        what: 'cancelling a job',
      });
      if (status !== true) throw refused(message);
    },
    // Source: docs/protocols/juliahub.md, 7.2.
    extend: async (id, byMs, signal) => {
      const hours = byMs / hourMs;
      if (!Number.isInteger(hours) || hours < 1)
        throw new JobError({ kind: 'invalid', why: 'JuliaHub extends time limits in whole hours.' });
      const path = ['juliaruncloud', 'extend_job_time_limit'];
      const body = Buffer.from(JSON.stringify({ jobname: id, extendby: hours }));
      const answer = await calls.send({ method: 'POST', path, body }, signal);
      if (isNotFoundResponse(answer, [403]))
        throw new JobError({ kind: 'gone', name: id }, { cause: toMessageError(answer) });
      const { success, message } = parseResponse(answer, ExtendResponseShape, {
        place,
        what: 'extending a job',
      });
      if (success !== true) {
        if (typeof message === 'string' && message.startsWith('Invalid jobname'))
          throw new JobError({ kind: 'gone', name: id });
        throw refused(message);
      }
      const before = await known.get(id);
      if (before?.limitMs !== undefined) await known.put(id, { ...before, limitMs: before.limitMs + byMs });
    },
  };
}
