import type { LogEvent } from '../../../core/domain/log.js';
import { followLog, type GrowingLog } from '../../../core/logs/followLog.js';
import type { Clock } from '../../../core/domain/ports.js';
import type { Lateness } from './lateLogs.js';
import { writeMarks } from './logCursor.js';
import type { LogFile, News } from './logFile.js';

/** The delays between reads of a growing log, in milliseconds: after new text, and at most. */
const lookMs = 500;
const mostLookMs = 3_000;

/** A shared file system can show the last lines late: the delay of the last read after the end, in milliseconds. */
const lateMs = 1_500;

/**
 * The maximum number of consecutive reads of one file, so that a file that grows faster than it is read does not
 * block others.
 */
const maxLooks = 16;

/** The result of reading one file. */
export interface ReadNews extends Pick<News, 'more' | 'size'> {
  readonly any: boolean;
}

/**
 * Reads a file once, with cursors that contain the positions of all files. `before`: treats the file as if it ended
 * there.
 */
export async function* readNews(
  files: readonly LogFile[],
  file: LogFile,
  before?: number,
): AsyncGenerator<readonly LogEvent[], ReadNews> {
  const { entries, ...news } = await file.read(before);
  if (entries.length > 0) yield [...withCursors(files, file, entries)];
  return { ...news, any: entries.length > 0 };
}

function* withCursors(
  files: readonly LogFile[],
  file: LogFile,
  entries: ReturnType<LogFile['rest']>,
): Generator<LogEvent> {
  const others = files.map((one) => one.mark());
  const at = files.indexOf(file);
  for (const { event, mark } of entries) {
    if (event.kind === 'gap') yield event;
    else yield { ...event, next: writeMarks(others.with(at, mark)) };
  }
}

/** The files to follow, and what decides when they are complete. */
interface FollowedFiles {
  readonly clock: Clock;
  readonly lateness: Lateness;
  readonly files: readonly LogFile[];
}

/** Follows the files until the job has finished and nothing more is expected. */
export function following(
  { clock, lateness, files }: FollowedFiles,
  signal: AbortSignal,
): AsyncGenerator<readonly LogEvent[]> {
  let waitMs = lookMs;
  /** True if the job had finished at the previous read. */
  let isLate = false;
  return followLog(growing(files, signal), {
    isOver: lateness.isOver,
    isComplete: async (hasNews) => isLate && !hasNews && !(await isAnyExpected(lateness, files)),
    wait: async ({ isOver, hasNews }) => {
      isLate = isOver;
      waitMs = isOver ? lateMs : hasNews ? lookMs : Math.min(mostLookMs, waitMs * 1.5);
      await clock.sleep(waitMs, signal);
    },
  });
}

function growing(files: readonly LogFile[], signal: AbortSignal): GrowingLog {
  const shown = new Map<LogFile, string>();
  return {
    read: async function* () {
      let hasNews = false;
      let isBehind = false;
      for (const file of files) {
        const told = yield* catchUp(files, file, signal);
        hasNews ||= told.any;
        isBehind ||= told.more;
        if (told.any) shown.delete(file);
        const text = file.partial();
        // With several files no unfinished line can be shown as the last one; it only counts as new text.
        if (files.length === 1 || text === undefined || text === '' || shown.get(file) === text) continue;
        shown.set(file, text);
        hasNews = true;
      }
      return { hasNews, isBehind };
    },
    nextPartial: () => {
      const [file] = files;
      const text = file?.partial();
      if (files.length > 1 || !file || text === undefined || text === '' || shown.get(file) === text)
        return { inMs: Infinity };
      shown.set(file, text);
      return { event: { kind: 'partial', text }, inMs: Infinity };
    },
    rest: () => files.flatMap((file) => [...withCursors(files, file, file.rest())]),
  };
}

/** Reads a file to its end, or a limited number of times. */
async function* catchUp(
  files: readonly LogFile[],
  file: LogFile,
  signal: AbortSignal,
): AsyncGenerator<readonly LogEvent[], ReadNews> {
  let any = false;
  for (let looks = 1; ; looks++) {
    signal.throwIfAborted();
    const told = yield* readNews(files, file);
    any ||= told.any;
    if (!told.more || looks === maxLooks) return { ...told, any };
  }
}

/** True if one of the files can still appear or grow. Both are created when the job starts. */
async function isAnyExpected(lateness: Lateness, files: readonly LogFile[]): Promise<boolean> {
  const [main] = files;
  // A file for errors can stay empty.
  for (const file of files)
    if ((file === main || file.seen() === 'absent') && (await lateness.isExpected(file.seen()))) return true;
  return false;
}
