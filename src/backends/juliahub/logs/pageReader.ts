import type { JobId } from '../../../core/domain/job.js';
import type { Log } from '../../../core/domain/ports.js';
import { JobError } from '../../../core/domain/problem.js';
import { assertNever } from '../../../lib/assertNever.js';
import type { HttpResponse } from '../../../http/http.js';
import type { ServerCalls } from '../serverCalls.js';
import {
  getResponseHead,
  classifyResponse,
  createResponseError,
  isNotFoundResponse,
  createRefusalError,
  toMessageError,
} from '../httpErrors.js';
import type { EntryRef } from './position.js';
import { parsePage, type LogEntryPage } from './parsePage.js';

/**
 * The stored log of one job, page by page. The server chooses the number of entries, at most 10 000.
 *
 * All methods throw {@link JobError} of kind `gone`, `refused`, `offline`, `badAnswer`, `signedOut`.
 */
export interface LogPageReader {
  /** The last entries. */
  readonly newest: (signal: AbortSignal) => Promise<LogEntryPage>;
  /** The entries directly before the referenced one. */
  readonly before: (ref: EntryRef, signal: AbortSignal) => Promise<LogEntryPage>;
  /** The entries directly after the referenced one. */
  readonly after: (ref: EntryRef, signal: AbortSignal) => Promise<LogEntryPage>;
  /** The size of the largest page so far, in entries: a smaller page contains everything that exists. */
  readonly largest: () => number;
}

/** The number of entries of a page, including malformed ones. */
export const countEntries = ({ entries, malformed }: LogEntryPage): number => entries.length + malformed;

/** Maximum size of a page, in bytes. */
const maxPageBytes = 67_108_864;

/** Dependencies of requesting pages. */
export interface LogPageReaderDeps {
  readonly calls: ServerCalls;
  readonly log: Log;
}

/** Requests the log of one job with `get_logs`. Source: docs/protocols/juliahub.md, 5.1. */
export function createLogPageReader({ calls, log }: LogPageReaderDeps, id: JobId): LogPageReader {
  let largest = 0;
  const ask = async (from: Readonly<Record<string, string>>, signal: AbortSignal): Promise<LogEntryPage> => {
    const answer = await calls.send(
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
    const page = await parsePageResponse(answer, id, calls.place);
    largest = Math.max(largest, countEntries(page));
    if (page.malformed > 0) log.warn(`omitted ${page.malformed} malformed entries in the log of ${id}`);
    return page;
  };
  const reference = ({ id: event }: EntryRef): Readonly<Record<string, string>> =>
    event === undefined ? {} : { event_id: event };
  return {
    newest: (signal) => ask({}, signal),
    before: (ref, signal) => ask({ end_time: String(ref.ms), ...reference(ref) }, signal),
    after: (ref, signal) => ask({ start_time: String(ref.ms), ...reference(ref) }, signal),
    largest: () => largest,
  };
}

async function parsePageResponse(answer: HttpResponse, id: JobId, place: string): Promise<LogEntryPage> {
  // For an unknown job the server returns "User does not have access to this job."
  if (isNotFoundResponse(answer, [403]))
    throw new JobError({ kind: 'gone', name: id }, { cause: toMessageError(answer) });
  if (classifyResponse(getResponseHead(answer)) !== 'success') throw createResponseError(answer, place);
  const read = await parsePage(answer);
  switch (read.kind) {
    case 'page':
      return read.page;
    case 'refused':
      throw createRefusalError(read.words, place);
    case 'unknown':
      throw new JobError({ kind: 'badAnswer', place, what: 'job log' }, { cause: toMessageError(answer) });
    default:
      return assertNever(read);
  }
}
