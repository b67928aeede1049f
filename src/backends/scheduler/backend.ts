import { neverAborted } from '../../lib/abort.js';
import { join } from 'node:path';
import { basename } from 'node:path/posix';
import type { Backend } from '../../core/domain/backend.js';
import { createPollInterval } from '../../core/domain/capabilities.js';
import { createPages } from '../../core/domain/paging.js';
import type { Connection } from '../../core/domain/connection.js';
import type { JobId } from '../../core/domain/job.js';
import type { Clock, Log } from '../../core/domain/ports.js';
import type { AskRetention } from '../../core/domain/retention.js';
import type { HostFiles } from '../../remote/folders.js';
import type { Host } from '../../remote/host.js';
import { notesIn, type NoteStore, type Notes } from '../notes/notes.js';
import { schedulerCalls, type Calls } from './calls.js';
import { createControl } from './control.js';
import { createJobControl, createSubmission } from './facets.js';
import type { DialectFactory, SchedulerDialect } from './dialect.js';
import { createJobFiles, type JobPlace } from './files.js';
import { confirmJob, lookAt, placeFolder, usedFolders, type IdentityDeps } from './jobs/identity.js';
import { JobNote, noteOf } from './jobs/jobNote.js';
import { createJobListing } from './jobs/listing.js';
import { createRecordHistory } from './jobs/records.js';
import { isFinal, isOver, type Seen } from './jobs/seen.js';
import { startCheck } from './jobs/started.js';
import { createUnusedMetadata } from './jobs/unusedMetadata.js';
import { watch, type Watch } from './jobs/watch.js';
import { endingOf } from './logs/lateLogs.js';
import { logPaths } from './logs/logPaths.js';
import { createJobLogs } from './logs/logs.js';
import { createRemoval } from './removal.js';
import { markFolderSeen, removeOld, type Retention } from './retention.js';
import { recordedLogs } from './submit/recording.js';
import type { SubmissionPlace } from './submit/submission.js';
import { createSubmitting } from './submit/submitting.js';

/** Dependencies of a connection to a scheduler. */
export interface SchedulerOptions {
  readonly connection: Connection;
  /** The host of the scheduler's programs. */
  readonly host: Host;
  /** The folder of the programs there, absolute; empty for the PATH. */
  readonly bin: string;
  /** Where jobs' folders are created: absolute on the cluster, or `~/…`. */
  readonly root: string;
  /** A local folder for what is stored about jobs; created when needed. */
  readonly folder: string;
  /** Days that folders of finished jobs are kept on the cluster (0: forever), and days of history that are listed. */
  readonly keepDays: () => number;
  readonly historyDays: () => number;
  /** See {@link Backend.resetPrompts}; undefined if nothing prompts. */
  readonly anew?: () => void;
  /** See {@link Backend.dispose}. */
  readonly end?: () => void;
  /** Prompts before old folders are deleted; absent: no prompt is possible, and nothing is deleted. */
  readonly askRetention?: AskRetention;
  readonly clock: Clock;
  readonly log: Log;
}

/** The maximum and minimum age of the list for a query about one job, in milliseconds. */
const logMs = 10_000;
const leastLogMs = 2_000;

/** A backend for one scheduler, by its own commands. Source of the queries to Slurm: docs/protocols/slurm.md. */
export function schedulerBackend(options: SchedulerOptions, { commands, create }: DialectFactory): Backend {
  const { connection, host, bin, folder, historyDays, clock, log } = options;
  const place = connection.title;
  const calls = schedulerCalls({ host, place, bin, clock, style: commands });
  const files: HostFiles = { host, clock, place };
  const dialect = create({ calls, settings: connection.settings, historyDays, clock, log });
  const notes = notesIn(folder, JobNote, log);
  const records = { files, root: options.root, connection: connection.id, days: historyDays, clock };
  const history = dialect.history ?? createRecordHistory(records);
  const watching = watch({ calls, queue: dialect.queue, history, clock, log });
  const known: IdentityDeps['known'] = (id, signal) => anySeen(id, watching, Infinity, signal);
  const shared: Shared = {
    ...{ options, dialect, calls, files, notes, watching },
    retention: retentionOf(options, watching, notes),
    identity: { calls, queue: dialect.queue, notes, known },
  };
  // A record proves that the script started.
  const starts = dialect.history ? startCheck(files, notes) : (all: readonly Seen[]) => Promise.resolve(all);
  const listed = createJobListing({ watching, notes, starts, view: dialect.view, clock });
  const work = submittingOf(shared);
  const jobFiles = filesOf(shared);
  const control = createControl({
    ...{ calls, watching },
    dialect: dialect.control,
    confirm: confirmJob(shared.identity),
  });

  return {
    connection,
    // Slurm asks clients not to poll its daemons often. Source: docs/protocols/slurm.md, 0 (9).
    capabilities: { ...dialect.capabilities, pollInterval: createPollInterval(10_000, 60_000) },
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
    submit: createSubmission(dialect, work, (signal) => listed.all(logMs, signal)),
    logs: logsOf(shared),
    control: createJobControl(control, work.remove),
    files: {
      list: async (id, _, signal) => ({ items: await jobFiles.files(id, signal), malformed: [] }),
      read: jobFiles.download,
      script: jobFiles.script,
    },
  };
}

/** What the parts of a connection share. */
interface Shared {
  readonly options: SchedulerOptions;
  readonly dialect: SchedulerDialect;
  readonly calls: Calls;
  readonly files: HostFiles;
  readonly notes: NoteStore<JobNote>;
  readonly watching: Watch;
  readonly retention: Retention;
  readonly identity: IdentityDeps;
}

/** Submitting, resubmitting and deleting jobs. */
function submittingOf(shared: Shared) {
  const { options, dialect, calls, files, notes, watching, retention, identity } = shared;
  const { root, clock } = options;
  const unused = createUnusedMetadata({ ...options, notes, watching, folder: retention.folder });
  const { submitAgain, ...submitting } = createSubmitting({
    ...{ calls, notes },
    dialect: dialect.submit,
    control: dialect.control,
    recordsOf: dialect.history ? undefined : options.connection.id,
    hasNeverBegun: (id) => hasNeverBegun(id, identity),
    staging: { files, root, dialect: dialect.submit, clock },
    find: (made, signal) => findByPlace(made, watching, signal),
    stir: watching.stir,
    addSubmitted: watching.addSubmitted,
    cleanUp: async () => {
      await removeOld(files, { ...retention, onDeleted: unused.removeWithFolders });
      await unused.removeOld();
    },
  });
  const removal = { files, watching, notes, submitAgain, inUse: retention.inUse };
  return { ...submitting, ...createRemoval(removal) };
}

function logsOf({ options: { clock }, dialect, files, notes, watching }: Shared) {
  const seen = (id: JobId, signal: AbortSignal): Promise<Seen | undefined> =>
    logged(id, watching, clock, signal);
  const paths = { files, notes, seen, dialect: dialect.logs ?? recordedLogs, queue: dialect.queue };
  return createJobLogs({
    ...{ files, clock },
    paths: logPaths(paths),
    isOver: async (id, signal) => {
      const job = await seen(id, signal);
      return !job || isOver(job);
    },
    ending: async (id, signal) => endingOf(await seen(id, signal)),
  });
}

const filesOf = ({ options: {}, dialect, calls, files, notes, watching, retention }: Shared) =>
  createJobFiles({
    ...{ files, calls },
    scripts: dialect.script,
    isLog: (dialect.logs ?? recordedLogs).isLog,
    placeOf: async (id, signal) => placeOf(id, await anySeen(id, watching, logMs, signal), notes),
    markSeen: (id, jobFolder) => noteSeen(id, jobFolder, watching, retention),
  });

async function hasNeverBegun(id: string, identity: IdentityDeps): Promise<boolean> {
  const job = await lookAt(identity, id, neverAborted).catch(() => undefined);
  const isStopped = job?.state.kind === 'ended' && job.state.outcome === 'stopped';
  return isStopped && job.state.word === 'CANCELLED' && job.nodeList === undefined;
}

/** For the row of an array, any of its tasks. */
async function anySeen(
  id: string,
  watching: Watch,
  ageMs: number,
  signal: AbortSignal,
): Promise<Seen | undefined> {
  const { jobs } = await watching.jobs(ageMs, signal);
  return jobs.get(id) ?? [...jobs.values()].find((one) => String(one.base) === id);
}

/**
 * A job whose log is read. A job that started recently is queried more often than one that has run for hours: its end
 * is more likely to be near.
 */
async function logged(
  id: JobId,
  watching: Watch,
  clock: Clock,
  signal: AbortSignal,
): Promise<Seen | undefined> {
  const known = await anySeen(id, watching, logMs, signal);
  if (!known || isOver(known)) return known;
  const now = clock.now();
  // The start of a queued job is an estimate.
  const { submitted = now, start = submitted, state } = known;
  const since = state.kind === 'queued' ? submitted : start;
  const ageMs = Math.max(leastLogMs, (now.getTime() - since.getTime()) / 10);
  return ageMs < logMs ? anySeen(id, watching, ageMs, signal) : known;
}

/** The job in this folder, by a new query; its script can run elsewhere. */
async function findByPlace(
  { work, script }: SubmissionPlace,
  watching: Watch,
  signal: AbortSignal,
): Promise<string | undefined> {
  watching.stir();
  const { jobs } = await watching.jobs(0, signal);
  const all = [...jobs.values()];
  // A job that this one submitted runs in its folder as well.
  const found =
    all.find(({ command }) => command === script || command?.startsWith(`${script} `)) ??
    all.find(({ workDir, command }) => command === undefined && workDir === work);
  return found && (found.base === undefined ? found.id : String(found.base));
}

async function placeOf(
  id: JobId,
  seen: Seen | undefined,
  notes: Notes<JobNote>,
): Promise<JobPlace | undefined> {
  const note = await noteOf(notes, id, seen);
  const folder = note?.folder ?? (seen && placeFolder(seen));
  if (folder !== undefined) return { folder, name: seen?.name ?? id, script: note?.script };
  return seen && otherPlace(id, seen);
}

/** For a job that was submitted by hand. The row of an array has no times. */
function otherPlace(id: JobId, seen: Seen): JobPlace {
  const { workDir, name, command, start, end, state } = seen;
  const script = command === undefined ? undefined : basename(command.split(' ')[0] ?? '');
  const hasBegun = state.kind !== 'queued' && seen.nodeList !== undefined;
  return {
    workDir,
    name,
    // Tasks that share a row have the script of their array.
    id: seen.tasks === undefined ? id : String(seen.base),
    script: script === '' ? undefined : script,
    start: hasBegun ? start : undefined,
    end: isOver(seen) ? end : undefined,
  };
}

const retentionOf = (
  { connection, root, keepDays, folder, askRetention, log }: SchedulerOptions,
  watching: Watch,
  notes: Notes<JobNote>,
): Retention => ({
  root,
  setting: `batchJobs.${connection.kind}.keepDays`,
  days: keepDays,
  inUse: () => inUse(watching, notes),
  folder: join(folder, 'retention'),
  ask: askRetention,
  log,
});

/** Records that the user opened a result file; a job that still runs can produce more. */
async function noteSeen(id: JobId, folder: string, watching: Watch, retention: Retention): Promise<void> {
  const job = await anySeen(id, watching, logMs, neverAborted);
  if (!job || isOver(job)) await markFolderSeen(retention, folder);
}

/** The folders of queued and running jobs. */
async function inUse(watching: Watch, notes: Notes<JobNote>): Promise<ReadonlySet<string>> {
  const { jobs } = await watching.jobs(logMs, neverAborted);
  const active = [...jobs.values()].filter(({ state }) => !isFinal(state));
  const folders = active.map(async (seen) => [
    ...usedFolders(seen),
    (await noteOf(notes, seen.id, seen))?.folder,
  ]);
  return new Set((await Promise.all(folders)).flat().filter((folder) => folder !== undefined));
}
