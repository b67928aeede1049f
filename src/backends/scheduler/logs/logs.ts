import type { JobLogs } from '../../../core/domain/backend.js';
import type { JobId } from '../../../core/domain/job.js';
import type { LogEvent, LogPage, LogStart } from '../../../core/domain/log.js';
import type { Clock } from '../../../core/domain/ports.js';
import { oneLine } from '../../../lib/printable.js';
import { JobError } from '../../../core/domain/problem.js';
import type { HostFiles } from '../../../remote/folders.js';
import { looker, type Looker } from '../../../remote/looker.js';
import { createLateness, type JobEnding, type Lateness } from './lateLogs.js';
import { readMarks, writeMarks, type Mark } from './logCursor.js';
import { logFile, type Entry, type LogFile, type Stream } from './logFile.js';
import { following, readNews } from './logFollowing.js';

/** The files that a job writes to. */
export interface LogPaths {
  /** Absolute. */
  readonly output: string;
  /** Undefined if stderr goes to the output. */
  readonly error?: string;
}

/** Dependencies of reading logs. */
export interface LogParts {
  readonly files: HostFiles;
  readonly clock: Clock;
  /** The files of a job; undefined if not known yet. @throws {@link JobError} of kind `gone`, `invalid`. */
  readonly paths: (id: JobId, signal: AbortSignal) => Promise<LogPaths | undefined>;
  /** True once nothing more will be written. Can be as old as one round of the list. */
  readonly isOver: (id: JobId, signal: AbortSignal) => Promise<boolean>;
  /** The end of a finished job; undefined or absent if unknown. */
  readonly ending?: (id: JobId, signal: AbortSignal) => Promise<JobEnding | undefined>;
}

/** The maximum delay between checks for a missing log, in milliseconds. */
const mostLookMs = 3_000;

/**
 * The logs of jobs: files on the cluster, read by byte offset. If stderr has its own file, its lines have the level
 * `error`, in the order in which they are read. Each line is returned once; memory is limited to one read.
 *
 * Both throw {@link JobError} of kind `gone`, `refused`, `offline`, and `invalid` for a malformed cursor. Source for
 * Slurm: docs/protocols/slurm.md, 7.
 */
export function createJobLogs(parts: LogParts): JobLogs {
  return {
    read: (id, from, follow, signal) => readLog(parts, id, from, follow, signal),
    older: async (id, before, bytes, signal) => {
      const [end = nowhere] = readMarks(before);
      const paths = await parts.paths(id, signal);
      if (!paths) return { events: [] };
      const look = looker(parts.files, signal);
      try {
        return await olderPage(look, paths.output, end, bytes, whyAnew());
      } finally {
        look.close();
      }
    },
  };
}

const nowhere: Mark = { id: '', offset: 0 };

const whyAnew = (): string => 'the log file was replaced, as when a job is requeued';

/** Only the main file has pages: an older part of stderr has no position among its lines. */
async function olderPage(
  look: Looker,
  path: string,
  end: Mark,
  bytes: number,
  why: string,
): Promise<LogPage> {
  const file = logFile(look, path, 'output', nowhere, why);
  const begin = await file.toEnd(bytes, end.offset);
  const { id } = file.mark();
  // The text before that position no longer exists.
  if (end.id !== '' && id !== end.id) return { events: [{ kind: 'gap', cause: 'lost', why }] };
  const events: LogEvent[] = [];
  const add = ({ event, mark }: Entry, open: { readonly open?: true } = {}): void => {
    events.push(event.kind === 'line' ? { ...event, ...open, next: writeMarks([mark]) } : event);
  };
  for (let more = true; more;) {
    const news = await file.read(end.offset);
    for (const entry of news.entries) add(entry);
    ({ more } = news);
  }
  // The page ends within a line that is too long for one event.
  for (const entry of file.rest()) add(entry, { open: true });
  return begin > 0 ? { events, before: writeMarks([{ id, offset: begin }]) } : { events };
}

function filesOf(look: Looker, { output, error }: LogPaths, marks: readonly Mark[]): readonly LogFile[] {
  const why = whyAnew();
  const named: readonly (readonly [string | undefined, Stream])[] = [
    [output, 'output'],
    [error, 'error'],
  ];
  return named.flatMap(([path, stream], index) =>
    path === undefined ? [] : [logFile(look, path, stream, marks[index] ?? nowhere, why)],
  );
}

async function* readLog(
  parts: LogParts,
  id: JobId,
  from: LogStart,
  follow: boolean,
  signal: AbortSignal,
): AsyncGenerator<readonly LogEvent[]> {
  signal.throwIfAborted();
  const marks = from.at === 'cursor' ? readMarks(from.cursor) : [];
  const look = looker(parts.files, signal);
  const lateness = createLateness(parts, id, signal);
  try {
    const paths = await pathsOf(parts, id, { follow, lateness }, signal);
    if (!paths) return;
    const sources = filesOf(look, paths, marks);
    if (from.at === 'end') {
      const skipped = await Promise.all(oneByOne(sources, (file) => file.toEnd(from.bytes)));
      const bytes = skipped.reduce((sum, one) => sum + one, 0);
      if (bytes > 0)
        yield [
          { kind: 'gap', cause: 'skipped', bytes, before: writeMarks(sources.map((file) => file.mark())) },
        ];
    }
    yield* follow
      ? following({ clock: parts.clock, lateness, files: sources }, signal)
      : present(parts.clock, lateness, sources, signal);
    yield* missing(lateness, sources);
  } finally {
    look.close();
  }
}

/** The files of a job once they are known; undefined if it has no log, or none yet. */
async function pathsOf(
  parts: LogParts,
  id: JobId,
  { follow, lateness }: { readonly follow: boolean; readonly lateness: Lateness },
  signal: AbortSignal,
): Promise<LogPaths | undefined> {
  for (;;) {
    try {
      const paths = await parts.paths(id, signal);
      if (paths) return paths;
      if (!follow || (await parts.isOver(id, signal))) return undefined;
    } catch (error) {
      // The file is expected at its default path and can appear later.
      if (!(error instanceof NoLogError) || !(await parts.isOver(id, signal))) throw error;
      if (!(await lateness.isExpected('absent'))) throw error;
    }
    await parts.clock.sleep(mostLookMs, signal);
  }
}

/** Runs calls one after another: a reader handles one request at a time. */
function oneByOne<T, R>(all: readonly T[], ask: (one: T) => Promise<R>): readonly Promise<R>[] {
  let last: Promise<unknown> = Promise.resolve();
  return all.map((one) => {
    const next = last.then(() => ask(one));
    last = next.catch(() => undefined);
    return next;
  });
}

/** The present contents of the files, up to their sizes at the first read: a file can grow faster than it is read. */
async function* present(
  clock: Clock,
  lateness: Lateness,
  files: readonly LogFile[],
  signal: AbortSignal,
): AsyncGenerator<readonly LogEvent[]> {
  for (const file of files) {
    let told = yield* readNews(files, file);
    while (told.size === undefined && (await lateness.isOver()) && (await lateness.isExpected('absent'))) {
      await clock.sleep(mostLookMs, signal);
      told = yield* readNews(files, file);
    }
    const { size } = told;
    while (told.more) {
      signal.throwIfAborted();
      told = yield* readNews(files, file, size);
    }
  }
  // Only one unfinished line can be at the end, the one of the main file.
  const text = files.map((file) => file.partial()).find((one) => one !== undefined);
  if (text !== undefined) yield [{ kind: 'partial', text }];
}

/** Reports that a job that ran has no log: its file was deleted, or could not be created. */
async function* missing(lateness: Lateness, [file]: readonly LogFile[]): AsyncGenerator<readonly LogEvent[]> {
  if (!file || file.seen() !== 'absent' || !(await lateness.hasRun())) return;
  yield [{ kind: 'gap', cause: 'lost', why: `${oneLine(file.path, 200)} not found` }];
}

/** A log whose path is unknown. */
class NoLogError extends JobError {}

/** The problem for a log whose path is no longer known. */
export const noLog = (name: string): JobError =>
  new NoLogError({
    kind: 'invalid',
    why: `The log path of ${name} is no longer known.`,
  });
