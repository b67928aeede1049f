import { readFile } from 'node:fs/promises';
import type { Backend, JobSubmission } from '../../core/domain/backend.js';
import type { Connection } from '../../core/domain/connection.js';
import { toJobId, type JobId } from '../../core/domain/job.js';
import type { Log } from '../../core/domain/ports.js';
import type { RetentionPrompter } from '../../core/domain/retention.js';
import { toUserEnv } from '../../lib/userEnvironment.js';
import { enqueueJob, type SnapshotWriter } from './enqueue.js';
import { createJobCatalog } from './catalog.js';
import { cancelJob, extendJob, deleteFinishedJob } from './control.js';
import { throwIfAborted } from '../../lib/abort.js';
import { chooseFor, createLocalReviewItems } from './preflight.js';
import type { ChosenInterpreter } from './interpreter.js';
import { isJobNumber, getSpoolPaths } from './paths.js';
import { listJobs, getLocalJob, reconcile, type ReconcileDeps } from './queries.js';
import { createLocalFiles, createLocalLogs } from './readApi.js';
import { watchSpool } from './watchSpool.js';
import type { LocalSettings } from './settings.js';
import {
  snapshotFromJob,
  toJobRequest,
  snapshotBundle,
  snapshotScript,
  createScriptRecord,
  type LocalMachine,
  type TarUnpacker,
} from './submission.js';
import { runOnDisk, findLocalJob, withTarget } from './jobDirectory.js';
import { createDispatchReader, createHousekeeper, type RunnerCommand } from './housekeeping.js';
import { createPollInterval } from '../../core/domain/capabilities.js';
import { pickJobRequest, type JobDraft, type SubmissionValidation } from '../../core/domain/jobSpec.js';
import { createPagedList } from '../../core/domain/paging.js';
import { assertNever } from '../../lib/assertNever.js';

/** Dependencies of a Local connection. */
export interface LocalBackendDeps {
  readonly connection: Connection;
  /** The folder of the jobs: absolute, on a disk of this machine; created when needed. */
  readonly folder: string;
  readonly runner: RunnerCommand;
  readonly unpack: TarUnpacker;
  /** The editor's environment; jobs inherit the user's part of it. */
  readonly env: NodeJS.ProcessEnv;
  /** Read at each use. */
  readonly settings: () => LocalSettings;
  /** Prompts before old jobs are deleted; absent: no prompt is possible, and nothing is deleted. */
  readonly askRetention?: RetentionPrompter;
  readonly log: Log;
}

/** The delay between asking a job to exit and killing it, in milliseconds, unless a setting overrides it. */
const defaultGraceMs = 10_000;

/**
 * Jobs on this machine. Each runs under a runner process and continues when the editor is closed; the number of
 * concurrent jobs is limited, others wait in order. Windows and backends with the same folder show the same jobs.
 */
export function createLocalBackend(options: LocalBackendDeps): Backend {
  const { connection, folder, log, settings, env, runner, unpack } = options;
  const spool = getSpoolPaths(folder);
  const looking: ReconcileDeps = {
    spool,
    catalog: createJobCatalog(spool),
    env,
    log,
    dispatch: createDispatchReader(runner, settings, log),
  };
  const tidyWhenDue = createHousekeeper(
    { spool, place: connection.title, ask: options.askRetention, log },
    settings,
  );
  const machine = (): LocalMachine => {
    const { interpreters, graceMs = defaultGraceMs } = settings();
    return { interpreters, graceMs, env: toUserEnv(env), unpack };
  };
  const on = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => runOnDisk(work, folder, signal);
  const onTarget = <T>(
    id: JobId,
    signal: AbortSignal,
    act: (...args: Parameters<Parameters<typeof withTarget>[2]>) => Promise<T>,
  ): Promise<T> => on(withTarget(spool, id, act), signal);
  return {
    connection,
    capabilities: {
      kinds: ['script', 'bundle'],
      args: true,
      env: true,
      timeLimit: { isOptional: true },
      pollInterval: createPollInterval(1_000, 10_000),
    },
    jobs: {
      isOnDisk: true,
      list: createPagedList(async (count, signal) => {
        const listing = await on(listJobs(looking, count, signal), signal);
        tidyWhenDue();
        return listing;
      }),
      get: (id, signal) =>
        on(isJobNumber(id) ? getLocalJob(looking, Number(id), signal) : Promise.resolve(undefined), signal),
      changes: (signal) => watchSpool(spool, signal),
    },
    submit: createLocalSubmission(looking, machine),
    logs: createLocalLogs(spool),
    files: createLocalFiles(spool),
    control: {
      cancel: (id, signal) => onTarget(id, signal, (job) => cancelJob(spool, job, signal)),
      extend: (id, byMs, signal) => onTarget(id, signal, (job) => extendJob(spool, job, byMs, signal)),
      delete: (id, signal) => onTarget(id, signal, (job) => deleteFinishedJob(spool, job, log)),
    },
  };
}

/** Submitting and resubmitting jobs. */
function createLocalSubmission(looking: ReconcileDeps, machine: () => LocalMachine): JobSubmission {
  const { spool, log } = looking;
  const submit = async (freeze: SnapshotWriter, signal: AbortSignal): Promise<JobId> => {
    const id = await enqueueJob(spool, freeze, signal);
    // The job exists from here on; if it cannot be started now, the next refresh starts it.
    await reconcile(looking).catch((error: unknown) => {
      log.error(`Job ${id} could not be started yet.`, error);
    });
    return toJobId(id);
  };
  /** The interpreters found by validations; the same submissions are sent with them. */
  const validated = new WeakMap<SubmissionValidation, ChosenInterpreter>();
  const validate = async (draft: JobDraft): Promise<SubmissionValidation> => {
    const chosen = await chooseFor(draft, draft, machine());
    const validation = { items: await createLocalReviewItems(draft, chosen, looking) };
    if (chosen) validated.set(validation, chosen);
    return validation;
  };
  return {
    validate: (draft, signal) => runOnDisk(validate(draft), spool.folder, signal),
    send: async (spec, signal, onProgress, validation) => {
      const request = pickJobRequest(spec);
      const here: LocalMachine = { ...machine(), chosen: validation && validated.get(validation) };
      switch (spec.kind) {
        case 'script': {
          throwIfAborted(signal);
          const record = await createScriptRecord(spec.script, request, here);
          return submit(async (paths) => {
            await snapshotScript(paths, spec.script.text, record);
            return record;
          }, signal);
        }
        case 'bundle':
          return submit(
            (paths) => snapshotBundle(paths, spec.bundle, spec.entry, request, here, signal, onProgress),
            signal,
          );
        case 'application':
        case 'command':
          throw new RangeError(`Local does not support jobs of kind ${spec.kind}.`);
        default:
          return assertNever(spec);
      }
    },
    getDraft: async (id, signal) => {
      const { paths, record } = await runOnDisk(findLocalJob(spool, id), spool.folder, signal);
      if (record.work !== 'script') return { ...toJobRequest(record), kind: 'bundle', entry: record.script };
      const text = await runOnDisk(readFile(paths.script, 'utf8'), spool.folder, signal);
      return { ...toJobRequest(record), kind: 'script', script: { name: record.script, text } };
    },
    again: async (id, signal, request) => {
      const { paths: from, record } = await runOnDisk(findLocalJob(spool, id), spool.folder, signal);
      const changed = request ?? toJobRequest(record);
      return submit((paths) => snapshotFromJob(paths, from, record, changed, machine(), signal), signal);
    },
  };
}
