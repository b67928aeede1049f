import type { LogEvent } from '../../../core/domain/log.js';
import { followGrowingLog, type GrowingLog } from '../../../core/logs/followGrowingLog.js';
import type { Clock } from '../../../core/domain/ports.js';
import type { LogGracePeriod } from './logGracePeriod.js';
import { serializePositions } from './logCursor.js';
import type { HostLogFile, LogFileChange } from './hostLogFile.js';

/** The delays between reads of a growing log, in milliseconds: after new text, and at most. */
const minPollMs = 500;
const maxPollMs = 3_000;

/** A shared file system can show the last lines late: the delay of the last read after the end, in milliseconds. */
const finalReadDelayMs = 1_500;

/**
 * The maximum number of consecutive reads of one file, so that a file that grows faster than it is read does not
 * block others.
 */
const maxConsecutiveReads = 16;

/** The result of reading one file. */
export interface FileReadResult extends Pick<LogFileChange, 'hasMore' | 'size'> {
  readonly hasAny: boolean;
}

/**
 * Reads a file once, with cursors that contain the positions of all files. `before`: treats the file as if it ended
 * there.
 */
export async function* readChanges(
  files: readonly HostLogFile[],
  file: HostLogFile,
  before?: number,
): AsyncGenerator<readonly LogEvent[], FileReadResult> {
  const { segments: entries, ...news } = await file.read(before);
  if (entries.length > 0) yield [...addCursors(files, file, entries)];
  return { ...news, hasAny: entries.length > 0 };
}

function* addCursors(
  files: readonly HostLogFile[],
  file: HostLogFile,
  entries: ReturnType<HostLogFile['flush']>,
): Generator<LogEvent> {
  const others = files.map((one) => one.getPosition());
  const at = files.indexOf(file);
  for (const { event, position: mark } of entries) {
    if (event.kind === 'gap') yield event;
    else yield { ...event, next: serializePositions(others.with(at, mark)) };
  }
}

/** The files to follow, and what decides when they are complete. */
interface FollowFilesDeps {
  readonly clock: Clock;
  readonly gracePeriod: LogGracePeriod;
  readonly files: readonly HostLogFile[];
}

/** Follows the files until the job has finished and nothing more is expected. */
export function followFiles(
  { clock, gracePeriod: lateness, files }: FollowFilesDeps,
  signal: AbortSignal,
): AsyncGenerator<readonly LogEvent[]> {
  let waitMs = minPollMs;
  /** True if the job had finished at the previous read. */
  let isLate = false;
  return followGrowingLog(createGrowingLog(files, signal), {
    isOver: lateness.isFinished,
    isComplete: async (hasNews) => isLate && !hasNews && !(await isAnyExpected(lateness, files)),
    wait: async ({ isOver, hasNews }) => {
      isLate = isOver;
      waitMs = isOver ? finalReadDelayMs : hasNews ? minPollMs : Math.min(maxPollMs, waitMs * 1.5);
      await clock.sleep(waitMs, signal);
    },
  });
}

function createGrowingLog(files: readonly HostLogFile[], signal: AbortSignal): GrowingLog {
  const shown = new Map<HostLogFile, string>();
  return {
    read: async function* () {
      let hasNews = false;
      let isBehind = false;
      for (const file of files) {
        const told = yield* catchUp(files, file, signal);
        hasNews ||= told.hasAny;
        isBehind ||= told.hasMore;
        if (told.hasAny) shown.delete(file);
        const text = file.getPartialLine();
        // With several files no unfinished line can be shown as the last one; it only counts as new text.
        if (files.length === 1 || text === undefined || text === '' || shown.get(file) === text) continue;
        shown.set(file, text);
        hasNews = true;
      }
      return { hasNews, isBehind };
    },
    nextPartial: () => {
      const [file] = files;
      const text = file?.getPartialLine();
      if (files.length > 1 || !file || text === undefined || text === '' || shown.get(file) === text)
        return { inMs: Infinity };
      shown.set(file, text);
      return { event: { kind: 'partial', text }, inMs: Infinity };
    },
    takeRest: () => files.flatMap((file) => [...addCursors(files, file, file.flush())]),
  };
}

/** Reads a file to its end, or a limited number of times. */
async function* catchUp(
  files: readonly HostLogFile[],
  file: HostLogFile,
  signal: AbortSignal,
): AsyncGenerator<readonly LogEvent[], FileReadResult> {
  let any = false;
  for (let looks = 1; ; looks++) {
    signal.throwIfAborted();
    const told = yield* readChanges(files, file);
    any ||= told.hasAny;
    if (!told.hasMore || looks === maxConsecutiveReads) return { ...told, hasAny: any };
  }
}

/** True if one of the files can still appear or grow. Both are created when the job starts. */
async function isAnyExpected(lateness: LogGracePeriod, files: readonly HostLogFile[]): Promise<boolean> {
  const [main] = files;
  // A file for errors can stay empty.
  for (const file of files)
    if ((file === main || file.getContent() === 'absent') && (await lateness.isExpected(file.getContent())))
      return true;
  return false;
}
