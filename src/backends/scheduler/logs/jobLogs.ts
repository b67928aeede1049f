import type { JobLogs } from '../../../core/domain/backend.js';
import type { JobId } from '../../../core/domain/job.js';
import type { LogEvent, LogPage, LogStart } from '../../../core/domain/log.js';
import type { Clock } from '../../../core/domain/ports.js';
import { toOneLine } from '../../../lib/sanitize.js';
import { JobError } from '../../../core/domain/problem.js';
import type { HostFileSystem } from '../../../remote/hostFiles.js';
import { createHostFileReader, type HostFileReader } from '../../../remote/hostFileReader.js';
import { createLogGracePeriod, type JobEnding, type LogGracePeriod } from './logGracePeriod.js';
import { parsePositions, serializePositions, type LogPosition } from './logCursor.js';
import { createHostLogFile, type LogSegment, type HostLogFile, type LogStream } from './hostLogFile.js';
import { followFiles, readChanges } from './followFiles.js';

/** The files that a job writes to. */
export interface LogPaths {
  /** Absolute. */
  readonly output: string;
  /** Undefined if stderr goes to the output. */
  readonly error?: string;
}

/** Dependencies of reading logs. */
export interface SchedulerLogsDeps {
  readonly files: HostFileSystem;
  readonly clock: Clock;
  /** The files of a job; undefined if not known yet. @throws {@link JobError} of kind `gone`, `invalid`. */
  readonly findPaths: (id: JobId, signal: AbortSignal) => Promise<LogPaths | undefined>;
  /** True once nothing more will be written. Can be as old as one round of the list. */
  readonly isFinished: (id: JobId, signal: AbortSignal) => Promise<boolean>;
  /** The end of a finished job; undefined or absent if unknown. */
  readonly getEnding?: (id: JobId, signal: AbortSignal) => Promise<JobEnding | undefined>;
}

/** The maximum delay between checks for a missing log, in milliseconds. */
const missingLogPollMs = 3_000;

/**
 * The logs of jobs: files on the cluster, read by byte offset. If stderr has its own file, its lines have the level
 * `error`, in the order in which they are read. Each line is returned once; memory is limited to one read.
 *
 * Both throw {@link JobError} of kind `gone`, `refused`, `offline`, and `invalid` for a malformed cursor. Source for
 * Slurm: docs/protocols/slurm.md, 7.
 */
export function createJobLogs(parts: SchedulerLogsDeps): JobLogs {
  return {
    read: (id, from, follow, signal) => readLog(parts, id, from, follow, signal),
    older: async (id, before, bytes, signal) => {
      const [end = startPosition] = parsePositions(before);
      const paths = await parts.findPaths(id, signal);
      if (!paths) return { events: [] };
      const look = createHostFileReader(parts.files, signal);
      try {
        return await readOlderPage(look, paths.output, end, bytes, formatRewritten());
      } finally {
        look.close();
      }
    },
  };
}

const startPosition: LogPosition = { id: '', offset: 0 };

const formatRewritten = (): string => 'the log file was replaced, as when a job is requeued';

/** Only the main file has pages: an older part of stderr has no position among its lines. */
async function readOlderPage(
  look: HostFileReader,
  path: string,
  end: LogPosition,
  bytes: number,
  why: string,
): Promise<LogPage> {
  const file = createHostLogFile(look, path, 'output', startPosition, why);
  const begin = await file.seekToEnd(bytes, end.offset);
  const { id } = file.getPosition();
  // The text before that position no longer exists.
  if (end.id !== '' && id !== end.id) return { events: [{ kind: 'gap', cause: 'lost', why }] };
  const events: LogEvent[] = [];
  const add = ({ event, position: mark }: LogSegment, open: { readonly open?: true } = {}): void => {
    events.push(event.kind === 'line' ? { ...event, ...open, next: serializePositions([mark]) } : event);
  };
  for (let more = true; more;) {
    const news = await file.read(end.offset);
    for (const entry of news.segments) add(entry);
    ({ hasMore: more } = news);
  }
  // The page ends within a line that is too long for one event.
  for (const entry of file.flush()) add(entry, { open: true });
  return begin > 0 ? { events, before: serializePositions([{ id, offset: begin }]) } : { events };
}

function openLogFiles(
  look: HostFileReader,
  { output, error }: LogPaths,
  marks: readonly LogPosition[],
): readonly HostLogFile[] {
  const why = formatRewritten();
  const named: readonly (readonly [string | undefined, LogStream])[] = [
    [output, 'output'],
    [error, 'error'],
  ];
  return named.flatMap(([path, stream], index) =>
    path === undefined ? [] : [createHostLogFile(look, path, stream, marks[index] ?? startPosition, why)],
  );
}

async function* readLog(
  parts: SchedulerLogsDeps,
  id: JobId,
  from: LogStart,
  follow: boolean,
  signal: AbortSignal,
): AsyncGenerator<readonly LogEvent[]> {
  signal.throwIfAborted();
  const marks = from.at === 'cursor' ? parsePositions(from.cursor) : [];
  const look = createHostFileReader(parts.files, signal);
  const lateness = createLogGracePeriod(parts, id, signal);
  try {
    const paths = await waitForPaths(parts, id, { follow, lateness }, signal);
    if (!paths) return;
    const sources = openLogFiles(look, paths, marks);
    if (from.at === 'end') {
      const skipped = await Promise.all(runSequentially(sources, (file) => file.seekToEnd(from.bytes)));
      const bytes = skipped.reduce((sum, one) => sum + one, 0);
      if (bytes > 0)
        yield [
          {
            kind: 'gap',
            cause: 'skipped',
            bytes,
            before: serializePositions(sources.map((file) => file.getPosition())),
          },
        ];
    }
    yield* follow
      ? followFiles({ clock: parts.clock, gracePeriod: lateness, files: sources }, signal)
      : readPresent(parts.clock, lateness, sources, signal);
    yield* reportMissing(lateness, sources);
  } finally {
    look.close();
  }
}

/** The files of a job once they are known; undefined if it has no log, or none yet. */
async function waitForPaths(
  parts: SchedulerLogsDeps,
  id: JobId,
  { follow, lateness }: { readonly follow: boolean; readonly lateness: LogGracePeriod },
  signal: AbortSignal,
): Promise<LogPaths | undefined> {
  for (;;) {
    try {
      const paths = await parts.findPaths(id, signal);
      if (paths) return paths;
      if (!follow || (await parts.isFinished(id, signal))) return undefined;
    } catch (error) {
      // The file is expected at its default path and can appear later.
      if (!(error instanceof LogNotFoundError) || !(await parts.isFinished(id, signal))) throw error;
      if (!(await lateness.isExpected('absent'))) throw error;
    }
    await parts.clock.sleep(missingLogPollMs, signal);
  }
}

/** Runs calls one after another: a reader handles one request at a time. */
function runSequentially<T, R>(all: readonly T[], ask: (one: T) => Promise<R>): readonly Promise<R>[] {
  let last: Promise<unknown> = Promise.resolve();
  return all.map((one) => {
    const next = last.then(() => ask(one));
    last = next.catch(() => undefined);
    return next;
  });
}

/** The present contents of the files, up to their sizes at the first read: a file can grow faster than it is read. */
async function* readPresent(
  clock: Clock,
  lateness: LogGracePeriod,
  files: readonly HostLogFile[],
  signal: AbortSignal,
): AsyncGenerator<readonly LogEvent[]> {
  for (const file of files) {
    let told = yield* readChanges(files, file);
    while (
      told.size === undefined &&
      (await lateness.isFinished()) &&
      (await lateness.isExpected('absent'))
    ) {
      await clock.sleep(missingLogPollMs, signal);
      told = yield* readChanges(files, file);
    }
    const { size } = told;
    while (told.hasMore) {
      signal.throwIfAborted();
      told = yield* readChanges(files, file, size);
    }
  }
  // Only one unfinished line can be at the end, the one of the main file.
  const text = files.map((file) => file.getPartialLine()).find((one) => one !== undefined);
  if (text !== undefined) yield [{ kind: 'partial', text }];
}

/** Reports that a job that ran has no log: its file was deleted, or could not be created. */
async function* reportMissing(
  lateness: LogGracePeriod,
  [file]: readonly HostLogFile[],
): AsyncGenerator<readonly LogEvent[]> {
  if (!file || file.getContent() !== 'absent' || !(await lateness.hasRun())) return;
  yield [{ kind: 'gap', cause: 'lost', why: `${toOneLine(file.path, 200)} not found` }];
}

/** A log whose path is unknown. */
class LogNotFoundError extends JobError {}

/** The problem for a log whose path is no longer known. */
export const createLogNotFoundError = (name: string): JobError =>
  new LogNotFoundError({
    kind: 'invalid',
    why: `The log path of ${name} is no longer known.`,
  });
