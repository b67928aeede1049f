import type { Backend } from '../../core/backend.js';
import type { JobId } from '../../core/job.js';
import type { LogEvent, LogPage, LogStart } from '../../core/log.js';
import type { Clock } from '../../core/ports.js';
import { JobError } from '../../core/problem.js';
import type { Say } from '../../core/say.js';
import type { HostFiles } from '../hosts/folders.js';
import { looker, type Looker } from '../hosts/looker.js';
import { shared, within } from '../hosts/stoppable.js';
import { readMarks, writeMarks, type Mark } from './logCursor.js';
import { logFile, type Entry, type LogFile, type Stream } from './logFile.js';

/** Where a job writes. */
export interface LogPaths {
  /** Absolute. */
  readonly output: string;
  /** Undefined: stderr goes where stdout goes. */
  readonly error?: string;
}

/** What reading logs needs. */
export interface LogParts {
  readonly files: HostFiles;
  readonly clock: Clock;
  readonly say: Say;
  /** Where a job writes; undefined: its files are not known yet. @throws {@link JobError} of kind `gone`, `invalid`. */
  readonly paths: (id: JobId, signal: AbortSignal) => Promise<LogPaths | undefined>;
  /** True once nothing more will be written. May be as old as one round of the list. */
  readonly isOver: (id: JobId, signal: AbortSignal) => Promise<boolean>;
}

/** Between two looks at a growing log, in milliseconds: after news, and at most. */
const lookMs = 500;
const mostLookMs = 3_000;

/** A shared file system may show the last lines only after a while; so long after the end is looked once more. */
const lateMs = 1_500;

/**
 * The logs of jobs: their files on the cluster, read by byte offset. stderr with a file of its own is shown as lines of
 * level `error`, in the order in which they are met. Each line comes once; memory is bounded by one look.
 *
 * Both throw {@link JobError} of kind `gone`, `refused`, `offline`, and `invalid` for a cursor that is none of ours.
 * Source: reference slurm.md, 7.
 */
export function slurmLogs(parts: LogParts): Required<Pick<Backend, 'log' | 'olderLog'>> {
  return {
    log: (id, from, follow, signal) => readLog(parts, id, from, follow, signal),
    olderLog: async (id, before, bytes, signal) => {
      const [end = nowhere] = readMarks(before);
      const paths = await parts.paths(id, signal);
      if (!paths) return { events: [] };
      const look = looker(parts.files, signal);
      try {
        return await olderPage(look, paths.output, end, bytes, whyAnew(parts.say));
      } finally {
        look.close();
      }
    },
  };
}

const nowhere: Mark = { id: '', offset: 0 };

const whyAnew = (say: Say): string => say('the file was written anew, as when a job is queued again');

/** Only the main file is paged: an older part of stderr has no place among its lines. */
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
  // What stood before that place is not there any more.
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
  // The page ends within a line too long for one.
  for (const entry of file.rest()) add(entry, { open: true });
  return begin > 0 ? { events, before: writeMarks([{ id, offset: begin }]) } : { events };
}

function filesOf(
  { say }: LogParts,
  look: Looker,
  { output, error }: LogPaths,
  marks: readonly Mark[],
): readonly LogFile[] {
  const why = whyAnew(say);
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
): AsyncGenerator<LogEvent> {
  signal.throwIfAborted();
  const { clock, files } = parts;
  const marks = from.at === 'cursor' ? readMarks(from.cursor) : [];
  const look = looker(files, signal);
  try {
    let paths = await parts.paths(id, signal);
    while (!paths) {
      if (!follow || (await parts.isOver(id, signal))) return;
      await clock.sleep(mostLookMs, signal);
      paths = await parts.paths(id, signal);
    }
    const sources = filesOf(parts, look, paths, marks);
    if (from.at === 'end') {
      const skipped = await Promise.all(oneByOne(sources, (file) => file.toEnd(from.bytes)));
      const bytes = skipped.reduce((sum, one) => sum + one, 0);
      if (bytes > 0)
        yield {
          kind: 'gap',
          cause: 'skipped',
          bytes,
          before: writeMarks(sources.map((file) => file.mark())),
        };
    }
    yield* follow ? following(parts, id, sources, signal) : present(sources);
  } finally {
    look.close();
  }
}

/** One after the other: a looker answers one question at a time. */
function oneByOne<T, R>(all: readonly T[], ask: (one: T) => Promise<R>): readonly Promise<R>[] {
  let last: Promise<unknown> = Promise.resolve();
  return all.map((one) => {
    const next = last.then(() => ask(one));
    last = next.catch(() => undefined);
    return next;
  });
}

/** What the files hold now. */
async function* present(files: readonly LogFile[]): AsyncGenerator<LogEvent> {
  for (const file of files) while ((yield* news(files, file)).more);
  // One may stand at the end, that of the main file.
  const text = files.map((file) => file.partial()).find((one) => one !== undefined);
  if (text !== undefined) yield { kind: 'partial', text };
}

/** What a look at one file brings, with cursors that hold the places of all. */
async function* news(
  files: readonly LogFile[],
  file: LogFile,
): AsyncGenerator<LogEvent, { readonly more: boolean; readonly any: boolean }> {
  const { entries, more } = await file.read();
  yield* withCursors(files, file, entries);
  return { more, any: entries.length > 0 };
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

/** So long at most the log waits for an answer on whether its job has ended, in milliseconds. */
const overMs = 1_000;

/**
 * Whether nothing more will be written, as far as it is known: while the controller is away its programs take long to say
 * so, and the job writes on. Where the host itself is away, reading the log tells it.
 */
function overOf({ clock, isOver }: LogParts, id: JobId, signal: AbortSignal): () => Promise<boolean> {
  const ask = shared(async (): Promise<boolean> => {
    try {
      return await isOver(id, signal);
    } catch (error) {
      if (error instanceof JobError && error.problem.kind === 'offline') return false;
      throw error;
    }
  });
  return async () => (await within(ask(), overMs, clock)) ?? false;
}

async function* following(
  parts: LogParts,
  id: JobId,
  files: readonly LogFile[],
  signal: AbortSignal,
): AsyncGenerator<LogEvent> {
  const { clock } = parts;
  const isOver = overOf(parts, id, signal);
  const shown = new Map<LogFile, string>();
  let waitMs = lookMs;
  for (let late = false; ;) {
    // Asked first: what is there after the answer is all there will be.
    const over = await isOver();
    let any = false;
    for (const file of files) {
      for (;;) {
        signal.throwIfAborted();
        const told = yield* news(files, file);
        any ||= told.any;
        if (told.any) shown.delete(file);
        if (!told.more) break;
      }
      const text = file.partial();
      if (text !== undefined && text !== '' && shown.get(file) !== text) {
        shown.set(file, text);
        any = true;
        if (files.length === 1) yield { kind: 'partial', text };
      }
    }
    if (over && late && !any) {
      for (const file of files) yield* withCursors(files, file, file.rest());
      return;
    }
    late = over;
    waitMs = over ? lateMs : any ? lookMs : Math.min(mostLookMs, waitMs * 1.5);
    await clock.sleep(waitMs, signal);
  }
}

/** The problem of a log whose place nobody knows any more. */
export const noLog = (name: string, say: Say): JobError =>
  new JobError({
    kind: 'invalid',
    why: say('The cluster has forgotten where {0} wrote its log.', name),
  });
