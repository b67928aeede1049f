import type { JobId } from '../../core/domain/job.js';
import type { Log } from '../../core/domain/ports.js';
import { JobError } from '../../core/domain/problem.js';
import { unreachable } from '../../lib/unreachable.js';
import type { Answer } from '../../http/http.js';
import type { Calls } from './calls.js';
import { beginningOf, classifyAnswer, failedAnswer, isMissing, refusal, saidBy } from './failedAnswer.js';
import type { Ref } from './logsMark.js';
import { readPage, type Page } from './logsWire.js';

/**
 * The stored log of one job, page by page. The server chooses the number of entries, at most 10 000.
 *
 * All methods throw {@link JobError} of kind `gone`, `refused`, `offline`, `badAnswer`, `signedOut`.
 */
export interface Pages {
  /** The last entries. */
  readonly newest: (signal: AbortSignal) => Promise<Page>;
  /** The entries directly before the referenced one. */
  readonly before: (ref: Ref, signal: AbortSignal) => Promise<Page>;
  /** The entries directly after the referenced one. */
  readonly after: (ref: Ref, signal: AbortSignal) => Promise<Page>;
  /** The size of the largest page so far, in entries: a smaller page contains everything that exists. */
  readonly largest: () => number;
}

/** The number of entries of a page, including malformed ones. */
export const sizeOf = ({ entries, malformed }: Page): number => entries.length + malformed;

/** Maximum size of a page, in bytes. */
const maxPageBytes = 67_108_864;

/** Dependencies of requesting pages. */
export interface PagesDeps {
  readonly calls: Calls;
  readonly log: Log;
}

/** Requests the log of one job with `get_logs`. Source: docs/protocols/juliahub.md, 5.1. */
export function logPages({ calls, log }: PagesDeps, id: JobId): Pages {
  let largest = 0;
  const ask = async (from: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Page> => {
    const answer = await calls.ask(
      {
        method: 'GET',
        path: ['juliaruncloud', 'get_logs'],
        // Without `nentries`, which no client sends. Source: docs/protocols/juliahub.md, 5.1, 10.1.
        query: { log_output_type: 'content', log_out_type: 'json', jobname: id, ...from },
        reads: true,
        maxBytes: maxPageBytes,
      },
      signal,
    );
    const page = await pageIn(answer, id, calls.place);
    largest = Math.max(largest, sizeOf(page));
    if (page.malformed > 0) log.warn(`omitted ${page.malformed} malformed entries in the log of ${id}`);
    return page;
  };
  const reference = ({ id: event }: Ref): Readonly<Record<string, string>> =>
    event === undefined ? {} : { event_id: event };
  return {
    newest: (signal) => ask({}, signal),
    before: (ref, signal) => ask({ end_time: String(ref.ms), ...reference(ref) }, signal),
    after: (ref, signal) => ask({ start_time: String(ref.ms), ...reference(ref) }, signal),
    largest: () => largest,
  };
}

async function pageIn(answer: Answer, id: JobId, place: string): Promise<Page> {
  // For an unknown job the server returns "User does not have access to this job."
  if (isMissing(answer, [403])) throw new JobError({ kind: 'gone', name: id }, { cause: saidBy(answer) });
  if (classifyAnswer(beginningOf(answer)) !== 'success') throw failedAnswer(answer, place);
  const read = await readPage(answer);
  switch (read.kind) {
    case 'page':
      return read.page;
    case 'refused':
      throw refusal(read.words, place);
    case 'unknown':
      throw new JobError({ kind: 'badAnswer', place, what: 'job log' }, { cause: saidBy(answer) });
    default:
      return unreachable(read);
  }
}
