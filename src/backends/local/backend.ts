import type { Backend, JobSubmission } from '../../core/domain/backend.js';
import type { Connection } from '../../core/domain/connection.js';
import { asJobId, type JobId } from '../../core/domain/job.js';
import type { Log } from '../../core/domain/ports.js';
import type { AskRetention } from '../../core/domain/retention.js';
import { toUserEnv } from '../../lib/userEnvironment.js';
import { admit, type Freeze } from './admission.js';
import { catalog } from './catalog.js';
import { cancelJob, extendJob, removeEnded } from './control.js';
import { throwIfAborted } from '../../lib/abort.js';
import { chooseFor, factsOf } from './facts.js';
import type { ChosenInterpreter } from './interpreter.js';
import { isNumber, spoolPaths } from './paths.js';
import { listJobs, oneJob, settle, type Looking } from './queries.js';
import { createFiles, createLogs } from './reading.js';
import { spoolChanges } from './changes.js';
import type { LocalSettings } from './settings.js';
import {
  freezeAgain,
  freezeBundle,
  freezeScript,
  scriptRecord,
  type Machine,
  type Unpack,
} from './submission.js';
import { onDisk, target, withTarget } from './target.js';
import { dispatchBy, tidier, type RunnerCommand } from './upkeep.js';
import { createPollInterval } from '../../core/domain/capabilities.js';
import { requestOf, type JobDraft, type Validation } from '../../core/domain/jobSpec.js';
import { createPages } from '../../core/domain/paging.js';
import { unreachable } from '../../lib/unreachable.js';

/** Dependencies of a Local connection. */
export interface LocalOptions {
  readonly connection: Connection;
  /** The folder of the jobs: absolute, on a disk of this machine; created when needed. */
  readonly folder: string;
  readonly runner: RunnerCommand;
  readonly unpack: Unpack;
  /** The editor's environment; jobs inherit the user's part of it. */
  readonly env: NodeJS.ProcessEnv;
  /** Read at each use. */
  readonly settings: () => LocalSettings;
  /** Prompts before old jobs are deleted; absent: no prompt is possible, and nothing is deleted. */
  readonly askRetention?: AskRetention;
  readonly log: Log;
}

/** The delay between asking a job to exit and killing it, in milliseconds, unless a setting overrides it. */
const defaultGraceMs = 10_000;

/**
 * Jobs on this machine. Each runs under a runner process and continues when the editor is closed; the number of
 * concurrent jobs is limited, others wait in order. Windows and backends with the same folder show the same jobs.
 */
export function localBackend(options: LocalOptions): Backend {
  const { connection, folder, log, settings, env, runner, unpack } = options;
  const spool = spoolPaths(folder);
  const looking: Looking = {
    spool,
    catalog: catalog(spool),
    env,
    log,
    dispatch: dispatchBy(runner, settings, log),
  };
  const tidyWhenDue = tidier({ spool, place: connection.title, ask: options.askRetention, log }, settings);
  const machine = (): Machine => {
    const { interpreters, graceMs = defaultGraceMs } = settings();
    return { interpreters, graceMs, env: toUserEnv(env), unpack };
  };
  const on = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => onDisk(work, folder, signal);
  return {
    connection,
    capabilities: {
      kinds: ['script', 'bundle'],
      args: true,
      env: true,
      timeLimit: { mayBeNone: true },
      pollInterval: createPollInterval(1_000, 10_000),
    },
    jobs: {
      list: createPages(async (count, signal) => {
        const listing = await on(listJobs(looking, count, signal), signal);
        tidyWhenDue();
        return listing;
      }),
      get: (id, signal) =>
        on(isNumber(id) ? oneJob(looking, Number(id), signal) : Promise.resolve(undefined), signal),
      changes: (signal) => spoolChanges(spool, signal),
    },
    submit: submitting(looking, machine),
    logs: createLogs(spool),
    files: createFiles(spool),
    control: {
      cancel: (id, signal) =>
        on(
          withTarget(spool, id, (job) => cancelJob(spool, job, signal)),
          signal,
        ),
      extend: (id, byMs, signal) =>
        on(
          withTarget(spool, id, (job) => extendJob(spool, job, byMs, signal)),
          signal,
        ),
      delete: (id, signal) =>
        on(
          withTarget(spool, id, (job) => removeEnded(spool, job, log)),
          signal,
        ),
    },
  };
}

/** Submitting and resubmitting jobs. */
function submitting(looking: Looking, machine: () => Machine): JobSubmission {
  const { spool, log } = looking;
  const submit = async (freeze: Freeze, signal: AbortSignal): Promise<JobId> => {
    const id = await admit(spool, freeze, signal);
    // The job exists from here on; if it cannot be started now, the next refresh starts it.
    await settle(looking).catch((error: unknown) => {
      log.error(`Job ${id} could not be started yet.`, error);
    });
    return asJobId(id);
  };
  /** The interpreters found by validations; the same submissions are sent with them. */
  const validated = new WeakMap<Validation, ChosenInterpreter>();
  const validate = async (draft: JobDraft): Promise<Validation> => {
    const chosen = await chooseFor(draft, draft, machine());
    const validation = { items: await factsOf(draft, chosen, looking) };
    if (chosen) validated.set(validation, chosen);
    return validation;
  };
  return {
    validate: (draft, signal) => onDisk(validate(draft), spool.folder, signal),
    send: async (spec, signal, onProgress, validation) => {
      const request = requestOf(spec);
      const here: Machine = { ...machine(), chosen: validation && validated.get(validation) };
      switch (spec.kind) {
        case 'script': {
          throwIfAborted(signal);
          const record = await scriptRecord(spec.script, request, here);
          return submit(async (paths) => {
            await freezeScript(paths, spec.script.text, record);
            return record;
          }, signal);
        }
        case 'bundle':
          return submit(
            (paths) => freezeBundle(paths, spec.bundle, spec.entry, request, here, signal, onProgress),
            signal,
          );
        case 'application':
        case 'command':
          throw new RangeError(`Local takes no ${spec.kind}.`);
        default:
          return unreachable(spec);
      }
    },
    again: async (id, signal) => {
      const { paths: from, record } = await onDisk(target(spool, id), spool.folder, signal);
      return submit((paths) => freezeAgain(paths, from, record, machine(), signal), signal);
    },
  };
}
