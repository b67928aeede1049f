import {
  maxLogAgeMs,
  hasNeverStarted,
  findListedJob,
  findLoggedJob,
  findJobByFolder,
} from './jobs/findJob.js';
import { neverAborted } from '../../lib/abort.js';
import { join } from 'node:path';
import { basename } from 'node:path/posix';
import type { Backend } from '../../core/domain/backend.js';
import { createPollInterval } from '../../core/domain/capabilities.js';
import { createPagedList } from '../../core/domain/paging.js';
import type { Connection } from '../../core/domain/connection.js';
import type { Job, JobId } from '../../core/domain/job.js';
import type { Clock, Log } from '../../core/domain/ports.js';
import type { RetentionPrompter } from '../../core/domain/retention.js';
import type { HostFileSystem } from '../../remote/hostFiles.js';
import type { Host } from '../../remote/host.js';
import { createJobFactsStore, type NoteStore, type JobFactsStore } from '../jobFacts/jobFactsStore.js';
import { createSchedulerCalls, type SchedulerCalls } from './schedulerCalls.js';
import { createSchedulerControl } from './control.js';
import { createJobControl, createSubmission } from './jobControl.js';
import type { DialectFactory, SchedulerDialect } from './dialect.js';
import { createJobFiles, type JobLocation } from './jobFiles.js';
import { confirmJob, findJobFolder, listJobFolders, type JobIdentityDeps } from './jobs/jobIdentity.js';
import { JobFacts, getJobFacts } from './jobs/jobFacts.js';
import { createJobListing } from './jobs/jobListing.js';
import { formatPlace } from './jobs/jobView.js';
import { createRecordHistory } from './jobs/recordHistory.js';
import { isFinalState, isFinished, type SchedulerJob } from './jobs/schedulerJob.js';
import { createStartCheck } from './jobs/startCheck.js';
import { createUnusedMetadata } from './jobs/unusedMetadata.js';
import { createJobWatcher, type JobWatcher } from './jobs/jobWatcher.js';
import { toJobEnding } from './logs/logGracePeriod.js';
import { createLogPathFinder } from './logs/logPaths.js';
import { createJobLogs } from './logs/jobLogs.js';
import { createJobDeletion } from './jobDeletion.js';
import { markFolderSeen, removeExpiredFolders, type FolderRetention } from './folderRetention.js';
import { recordedLogDialect } from './submit/recordingBatch.js';
import { createSchedulerSubmitter } from './submit/schedulerSubmitter.js';

/** Dependencies of a connection to a scheduler. */
export interface SchedulerBackendDeps {
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
  readonly resetPrompts?: () => void;
  /** See {@link Backend.dispose}. */
  readonly dispose?: () => void;
  /** Prompts before old folders are deleted; absent: no prompt is possible, and nothing is deleted. */
  readonly askRetention?: RetentionPrompter;
  readonly clock: Clock;
  readonly log: Log;
}

/** A backend for one scheduler, by its own commands. Source of the queries to Slurm: docs/protocols/slurm.md. */
export function createSchedulerBackend(
  options: SchedulerBackendDeps,
  { commands, create }: DialectFactory,
): Backend {
  const { connection, host, bin, folder, historyDays, clock, log } = options;
  const place = connection.title;
  const calls = createSchedulerCalls({ host, place, bin, clock, style: commands });
  const files: HostFileSystem = { host, clock, place };
  const dialect = create({ calls, settings: connection.settings, historyDays, clock, log });
  const notes = createJobFactsStore(folder, JobFacts, log);
  const records = { files, root: options.root, connection: connection.id, days: historyDays, clock };
  const history = dialect.history ?? createRecordHistory(records);
  const watching = createJobWatcher({ calls, queue: dialect.queue, history, clock, log });
  const known: JobIdentityDeps['findKnown'] = (id, signal) => findListedJob(id, watching, Infinity, signal);
  const shared: SchedulerContext = {
    ...{ options, dialect, calls, files, notes, watching },
    retention: createRetention(options, watching, notes),
    identity: { calls, queue: dialect.queue, notes, findKnown: known },
  };
  // A record proves that the script started.
  const starts = dialect.history
    ? createStartCheck(files, notes)
    : (all: readonly SchedulerJob[]) => Promise.resolve(all);
  const listed = createJobListing({ watching, notes, checkStarts: starts, view: dialect.view, clock });
  const work = createSubmitFacet(shared);
  const jobFiles = createFilesFacet(shared);
  const control = createSchedulerControl({
    ...{ calls, watching },
    dialect: dialect.control,
    confirm: confirmJob(shared.identity),
  });

  return {
    connection,
    // Slurm asks clients not to poll its daemons often. Source: docs/protocols/slurm.md, 0 (9).
    capabilities: { ...dialect.capabilities, pollInterval: createPollInterval(10_000, 60_000) },
    jobs: {
      list: createPagedList(listed.members.list),
      get: listed.members.job,
      changes: listed.members.changes,
    },
    ...(options.resetPrompts ? { resetPrompts: options.resetPrompts } : {}),
    dispose: () => {
      watching.dispose();
      options.dispose?.();
    },
    submit: createSubmission(dialect, work, (signal) => listed.listAll(maxLogAgeMs, signal)),
    logs: createLogsFacet(shared),
    control: createJobControl(control, work.deleteJob, dialect.control.extendWarning),
    files: {
      list: async (id, _, signal) => ({ items: await jobFiles.list(id, signal), malformed: [] }),
      read: jobFiles.read,
      script: jobFiles.readScript,
    },
  };
}

/** What the parts of a connection share. */
interface SchedulerContext {
  readonly options: SchedulerBackendDeps;
  readonly dialect: SchedulerDialect;
  readonly calls: SchedulerCalls;
  readonly files: HostFileSystem;
  readonly notes: NoteStore<JobFacts>;
  readonly watching: JobWatcher;
  readonly retention: FolderRetention;
  readonly identity: JobIdentityDeps;
}

/** Submitting, resubmitting and deleting jobs. */
function createSubmitFacet(shared: SchedulerContext) {
  const { options, dialect, calls, files, notes, watching, retention, identity } = shared;
  const { root, clock } = options;
  const unused = createUnusedMetadata({ ...options, notes, watching, folder: retention.folder });
  const { submitFromFolder, ...submitting } = createSchedulerSubmitter({
    ...{ calls, notes },
    dialect: dialect.submit,
    control: dialect.control,
    recordConnection: dialect.history ? undefined : options.connection.id,
    hasNeverStarted: (id) => hasNeverStarted(id, identity),
    staging: { files, root, dialect: dialect.submit, clock },
    findJobId: (made, signal) => findJobByFolder(made, watching, signal),
    invalidate: watching.invalidate,
    addSubmitted: watching.addSubmitted,
    cleanUp: async () => {
      await removeExpiredFolders(files, { ...retention, onDeleted: unused.removeWithFolders });
      await unused.removeOld();
    },
  });
  const removal = { files, watching, notes, submitFromFolder, listFoldersInUse: retention.listFoldersInUse };
  return { ...submitting, ...createJobDeletion(removal) };
}

function createLogsFacet({ options: { clock }, dialect, files, notes, watching }: SchedulerContext) {
  const findJob = (id: JobId, signal: AbortSignal): Promise<SchedulerJob | undefined> =>
    findLoggedJob(id, watching, clock, signal);
  const paths = { files, notes, findJob, dialect: dialect.logs ?? recordedLogDialect, queue: dialect.queue };
  const logs = createJobLogs({
    ...{ files, clock },
    findPaths: createLogPathFinder(paths),
    isFinished: async (id, signal) => {
      const job = await findJob(id, signal);
      return !job || isFinished(job);
    },
    getEnding: async (id, signal) => toJobEnding(await findJob(id, signal)),
  });
  return { ...logs, getPlace: (job: Job) => formatPlace(job, dialect.view.queueLabel) };
}

const createFilesFacet = ({ dialect, calls, files, notes, watching, retention }: SchedulerContext) =>
  createJobFiles({
    ...{ files, calls },
    scripts: dialect.script,
    isLog: (dialect.logs ?? recordedLogDialect).isLog,
    findLocation: async (id, signal) =>
      findLocation(id, await findListedJob(id, watching, maxLogAgeMs, signal), notes),
    markSeen: (id, jobFolder) => markResultsSeen(id, jobFolder, watching, retention),
  });

async function findLocation(
  id: JobId,
  seen: SchedulerJob | undefined,
  notes: JobFactsStore<JobFacts>,
): Promise<JobLocation | undefined> {
  const note = await getJobFacts(notes, id, seen);
  const folder = note?.folder ?? (seen && findJobFolder(seen));
  if (folder !== undefined) return { folder, name: seen?.name ?? id, script: note?.script };
  return seen && toExternalLocation(id, seen);
}

/** For a job that was submitted by hand. The row of an array has no times. */
function toExternalLocation(id: JobId, seen: SchedulerJob): JobLocation {
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
    end: isFinished(seen) ? end : undefined,
  };
}

const createRetention = (
  { connection, root, keepDays, folder, askRetention, log }: SchedulerBackendDeps,
  watching: JobWatcher,
  notes: JobFactsStore<JobFacts>,
): FolderRetention => ({
  root,
  setting: `batchJobs.${connection.kind}.keepDays`,
  days: keepDays,
  listFoldersInUse: () => listFoldersInUse(watching, notes),
  folder: join(folder, 'retention'),
  ask: askRetention,
  log,
});

/** Records that the user opened a result file; a job that still runs can produce more. */
async function markResultsSeen(
  id: JobId,
  folder: string,
  watching: JobWatcher,
  retention: FolderRetention,
): Promise<void> {
  const job = await findListedJob(id, watching, maxLogAgeMs, neverAborted);
  if (!job || isFinished(job)) await markFolderSeen(retention, folder);
}

/** The folders of queued and running jobs. */
async function listFoldersInUse(
  watching: JobWatcher,
  notes: JobFactsStore<JobFacts>,
): Promise<ReadonlySet<string>> {
  const { jobs } = await watching.getSnapshot(maxLogAgeMs, neverAborted);
  const active = [...jobs.values()].filter(({ state }) => !isFinalState(state));
  const folders = active.map(async (seen) => [
    ...listJobFolders(seen),
    (await getJobFacts(notes, seen.id, seen))?.folder,
  ]);
  return new Set((await Promise.all(folders)).flat().filter((folder) => folder !== undefined));
}
