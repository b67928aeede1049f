import { join } from 'node:path';
import { basename } from 'node:path/posix';
import type { Backend, JobLogs } from '../../core/domain/backend.js';
import type { Connection } from '../../core/domain/connection.js';
import type { JobId } from '../../core/domain/job.js';
import type { Clock, Log } from '../../core/domain/ports.js';
import type { AskRetention } from '../../core/domain/retention.js';
import type { Say } from '../../lib/say.js';
import type { Host } from '../../remote/host.js';
import type { HostFiles } from '../../remote/folders.js';
import { notesIn, type Notes } from '../notes/notes.js';
import { slurmCalls, type Calls } from './calls.js';
import { slurmCheck } from './check.js';
import { clusterCheck } from './clusters.js';
import { slurmControl } from './control.js';
import { slurmDefaults } from './defaults.js';
import { environmentReader } from './environment.js';
import { slurmFiles, type JobPlace } from './files.js';
import { history } from './history.js';
import { confirmJob, lookAt, placeFolder, usedFolders, type IdentityDeps } from './identity.js';
import { noteOf, SlurmNote } from './jobNote.js';
import { slurmList } from './listing.js';
import { endingOf } from './lateLogs.js';
import { logPaths } from './logPaths.js';
import { slurmLogs } from './logs.js';
import { slurmOffers } from './offers.js';
import type { Place } from './options.js';
import { slurmQuestions } from './questions.js';
import { slurmRemoval } from './removal.js';
import { markFolderSeen, type Retention } from './retention.js';
import { isOver, type Seen } from './seen.js';
import { startCheck } from './started.js';
import { isFinal, stateOf } from './states.js';
import { slurmSubmitting, type SubmittingParts } from './submitting.js';
import { watch, type Watch } from './watch.js';
import { requestOf } from '../../core/domain/jobSpec.js';
import { toBatches } from '../../core/domain/logBatches.js';
import { createPages } from '../../core/domain/paging.js';
import { capabilities, sendSpec, createControl } from './facets.js';

/** What a connection to a Slurm cluster is made from. */
export interface SlurmOptions {
  readonly connection: Connection;
  /** Where Slurm's programs are. */
  readonly host: Host;
  /** Their folder there, absolute; empty: on the PATH. */
  readonly bin: string;
  /** Where jobs' folders are made: absolute on the cluster, or `~/…`. */
  readonly root: string;
  /** A folder of ours on this machine, for what is remembered of jobs. Made when it is needed. */
  readonly folder: string;
  /** Days that folders of ended jobs are kept on the cluster (0: for ever), and days of history that are listed. */
  readonly keepDays: () => number;
  readonly historyDays: () => number;
  /** See {@link Backend.resetPrompts}; undefined: nobody is ever asked. */
  readonly anew?: () => void;
  /** See {@link Backend.dispose}. */
  readonly end?: () => void;
  /** Asks the user before old folders are removed; absent: nobody can be asked, and none is. */
  readonly askRetention?: AskRetention;
  readonly clock: Clock;
  readonly log: Log;
  readonly say: Say;
}

/** How old the list may be at most, and may always be, for what is asked about one job, in milliseconds. */
const logMs = 10_000;
const leastLogMs = 2_000;

const never = new AbortController().signal;

/** Jobs on a Slurm cluster, by Slurm's own commands. Source of all that they are asked: docs/protocols/slurm.md. */
export function slurmBackend(options: SlurmOptions): Backend {
  const { connection, host, bin, folder, clock, log, say } = options;
  const place = connection.title;
  const calls = slurmCalls({ host, place, bin, clock, say });
  const files: HostFiles = { host, clock, place, say };
  const notes = notesIn(folder, SlurmNote, log);
  const ended = history(calls, options.historyDays, clock, log);
  const watching = watch({ calls, history: ended, clock, log, say });
  const offers = slurmOffers(calls, clock, say);
  const environment = environmentReader(calls, clock);
  const clusters = clusterCheck(calls, say);
  const listed = slurmList({ watching, notes, starts: startCheck(files, notes), clock, say });
  const retention = retentionOf(options, watching, notes);
  const checking = { environment, clusters };
  const known: IdentityDeps['known'] = (id, signal) => anySeen(id, watching, Infinity, signal);

  const check = slurmCheck({ offers, ...checking, say });
  const defaults = slurmDefaults({ offers, ...checking, say });
  const work = working({ calls, files, notes, watching, retention }, options, checking);
  const control = slurmControl(calls, watching, confirmJob({ calls, notes, known, say }), say);
  const jobFiles = slurmFiles({
    files,
    calls,
    placeOf: async (id, signal) => placeOf(id, await anySeen(id, watching, logMs, signal), notes),
    markSeen: (id, jobFolder) => noteSeen(id, jobFolder, watching, retention),
    say,
  });
  return {
    connection,
    capabilities,
    jobs: {
      list: createPages(listed.members.list),
      get: listed.members.job,
      changes: listed.members.changes,
    },
    ...(options.anew ? { resetPrompts: options.anew } : {}),
    dispose: () => {
      watching.end();
      options.end?.();
    },
    submit: {
      questions: slurmQuestions({ offers, jobs: (signal) => listed.all(logMs, signal), say }),
      validate: async (draft, signal) => ({ items: await check(draft, draft, signal) }),
      getDefaults: (draft, signal) => defaults(draft, draft, signal),
      dryRun: (draft, signal) =>
        work.dryRun(draft, draft.kind === 'bundle' ? draft.bundle : undefined, requestOf(draft), signal),
      send: (spec, signal, onProgress) => sendSpec(work, spec, signal, onProgress),
      again: work.resubmit,
      getNotice: work.getSubmissionNotice,
    },
    logs: createLogs({ calls, files, notes, watching, retention }, options),
    control: createControl(control, work.remove, say),
    files: {
      list: async (id, _, signal) => ({ items: await jobFiles.files(id, signal), malformed: [] }),
      read: jobFiles.download,
      script: jobFiles.script,
    },
  };
}

/** What parts of a connection share. */
interface Shared {
  readonly calls: Calls;
  readonly files: HostFiles;
  readonly notes: Notes<SlurmNote>;
  readonly watching: Watch;
  readonly retention: Retention;
}

function createLogs({ calls, files, notes, watching }: Shared, { clock, say }: SlurmOptions): JobLogs {
  const seen = (id: JobId, signal: AbortSignal): Promise<Seen | undefined> =>
    logged(id, watching, clock, signal);
  const { log, olderLog } = slurmLogs({
    files,
    clock,
    say,
    paths: logPaths({ calls, files, notes, seen, say }),
    isOver: async (id, signal) => {
      const job = await seen(id, signal);
      return !job || isOver(job);
    },
    ending: async (id, signal) => endingOf(await seen(id, signal)),
  });
  return {
    read: (id, from, follow, signal) => toBatches(log(id, from, follow, signal)),
    older: olderLog,
  };
}

/** Submitting jobs, submitting them again, deleting them. */
function working(
  { calls, files, notes, watching, retention }: Shared,
  { root, clock, say }: SlurmOptions,
  checking: Pick<SubmittingParts, 'environment' | 'clusters'>,
) {
  const { submitAgain, ...submitting } = slurmSubmitting({
    ...checking,
    calls,
    hasNeverBegun: (id) => hasNeverBegun(id, calls, say),
    staging: { files, root, clock, say },
    notes,
    retention,
    find: (made, signal) => findByPlace(made, watching, signal),
    stir: watching.stir,
    say,
  });
  return {
    ...submitting,
    ...slurmRemoval({ files, watching, notes, submitAgain, say, inUse: retention.inUse }),
  };
}

async function hasNeverBegun(id: string, calls: Calls, say: Say): Promise<boolean> {
  const job = await lookAt(calls, id, say, never).catch(() => undefined);
  return job?.state === 'CANCELLED' && job.nodeList === undefined;
}

/** Of an array's own row, any of its tasks. */
async function anySeen(
  id: string,
  watching: Watch,
  ageMs: number,
  signal: AbortSignal,
): Promise<Seen | undefined> {
  const { jobs } = await watching.jobs(ageMs, signal);
  return jobs.get(id) ?? [...jobs.values()].find((one) => String(one.base) === id);
}

/** A job whose log is read. The end of one that has just begun is near more often than that of one that runs for hours. */
async function logged(
  id: JobId,
  watching: Watch,
  clock: Clock,
  signal: AbortSignal,
): Promise<Seen | undefined> {
  const known = await anySeen(id, watching, logMs, signal);
  if (!known || isOver(known)) return known;
  const now = clock.now();
  // The start of one that waits is a guess.
  const { submitted = now, start = submitted, state } = known;
  const since = stateOf(state).kind === 'queued' ? submitted : start;
  const ageMs = Math.max(leastLogMs, (now.getTime() - since.getTime()) / 10);
  return ageMs < logMs ? anySeen(id, watching, ageMs, signal) : known;
}

/** The job whose folder this is, by a look that is made now; its script may have it run elsewhere. */
async function findByPlace(
  { work, script }: Place,
  watching: Watch,
  signal: AbortSignal,
): Promise<string | undefined> {
  watching.stir();
  const { jobs } = await watching.jobs(0, signal);
  const all = [...jobs.values()];
  // A job that this one has submitted runs in its folder too.
  const found =
    all.find(({ command }) => command === script || command?.startsWith(`${script} `)) ??
    all.find(({ workDir, command }) => command === undefined && workDir === work);
  return found && (found.base === undefined ? found.id : String(found.base));
}

async function placeOf(
  id: JobId,
  seen: Seen | undefined,
  notes: Notes<SlurmNote>,
): Promise<JobPlace | undefined> {
  const note = await noteOf(notes, id, seen);
  const folder = note?.folder ?? (seen && placeFolder(seen));
  if (folder !== undefined) return { folder, name: seen?.name ?? id, script: note?.script };
  return seen && otherPlace(id, seen);
}

/** Of a job that was submitted by hand. An array's own row has no time of its own. */
function otherPlace(id: JobId, seen: Seen): JobPlace {
  const { workDir, name, command, start, end, state } = seen;
  const script = command === undefined ? undefined : basename(command.split(' ')[0] ?? '');
  const hasBegun = stateOf(state).kind !== 'queued' && seen.nodeList !== undefined;
  return {
    workDir,
    name,
    // Tasks that wait together have their script from their array.
    id: seen.tasks === undefined ? id : String(seen.base),
    script: script === '' ? undefined : script,
    start: hasBegun ? start : undefined,
    end: isOver(seen) ? end : undefined,
  };
}

const retentionOf = (
  { root, keepDays, folder, askRetention, log }: SlurmOptions,
  watching: Watch,
  notes: Notes<SlurmNote>,
): Retention => ({
  root,
  days: keepDays,
  inUse: () => inUse(watching, notes),
  folder: join(folder, 'retention'),
  ask: askRetention,
  log,
});

/** The user looked at a result file; of a job that still runs, there may be more to see. */
async function noteSeen(id: JobId, folder: string, watching: Watch, retention: Retention): Promise<void> {
  const job = await anySeen(id, watching, logMs, new AbortController().signal);
  if (!job || isOver(job)) await markFolderSeen(retention, folder);
}

/** The folders in which jobs wait or run. */
async function inUse(watching: Watch, notes: Notes<SlurmNote>): Promise<ReadonlySet<string>> {
  const { jobs } = await watching.jobs(logMs, never);
  const active = [...jobs.values()].filter(({ state }) => !isFinal(state));
  const folders = active.map(async (seen) => [
    ...usedFolders(seen),
    (await noteOf(notes, seen.id, seen))?.folder,
  ]);
  return new Set((await Promise.all(folders)).flat().filter((folder) => folder !== undefined));
}
