import type { JobLogs } from '../../../core/domain/backend.js';
import type { JobId } from '../../../core/domain/job.js';
import type { LogEvent, LogStart } from '../../../core/domain/log.js';
import type { Clock, Log } from '../../../core/domain/ports.js';
import type { ServerCalls } from '../serverCalls.js';
import { readHistoryLog, type LogHistoryDeps } from './history.js';
import { followLiveLog } from './live.js';
import { readOlderPage } from './older.js';
import { createLogPageReader } from './pageReader.js';

/** Dependencies of reading logs. */
export interface JuliaHubLogsDeps {
  readonly calls: ServerCalls;
  readonly clock: Clock;
  readonly log: Log;
  /** True once the job has finished; used if the server does not report that a log is complete. */
  readonly isOver: (id: JobId, signal: AbortSignal) => Promise<boolean>;
}

/**
 * The logs of jobs: the stored log is read page by page, new lines through a WebSocket. A broken socket is
 * reopened, and the lines written in the meantime are fetched; if no socket can be opened, the log is polled
 * every few seconds. Each line is returned once. Memory is bounded by one page of the server, however long
 * the log is.
 *
 * Both methods throw {@link JobError} of kind `gone`, `refused`, `offline`, `badAnswer`, `signedOut`, and
 * `invalid` for an unknown cursor. Source: docs/protocols/juliahub.md, 5.
 */
export function createJuliaHubLogs(parts: JuliaHubLogsDeps): Required<Pick<JobLogs, 'read' | 'older'>> {
  const { calls } = parts;
  const createHistoryDeps = (id: JobId): LogHistoryDeps => ({
    pages: createLogPageReader(parts, id),
    server: calls.place,
  });

  async function* blocks(
    id: JobId,
    from: LogStart,
    follow: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<readonly LogEvent[]> {
    signal.throwIfAborted();
    const kept = createHistoryDeps(id);
    const { place, isComplete: isWhole } = yield* readHistoryLog(kept, from, signal);
    const isOver = (its: AbortSignal): Promise<boolean> => parts.isOver(id, its);
    if (follow && !isWhole) yield* followLiveLog({ ...parts, id, history: kept, isOver }, place, signal);
  }

  return {
    read: blocks,
    older: (id, before, bytes, signal) => readOlderPage(createHistoryDeps(id), before, bytes, signal),
  };
}
