import type { SchedulerCalls } from '../scheduler/schedulerCalls.js';
import type {
  ControlDialect,
  DialectDeps,
  DialectFactory,
  LogDialect,
  QueueDialect,
  SchedulerDialect,
  SubmitDialect,
} from '../scheduler/dialect.js';
import type { SchedulerJob } from '../scheduler/jobs/schedulerJob.js';
import { parseSiteNotice } from '../scheduler/submit/siteNotice.js';
import { slurmCommandStyle } from './slurmCommands.js';
import { checkBeforeSending, createSlurmValidation, type SlurmValidationDeps } from './validate.js';
import { createClusterCheck } from './clusterCheck.js';
import { createSlurmDefaults } from './defaults.js';
import { parseDirectives } from './directives.js';
import { createEnvironmentReader } from './environment.js';
import { fetchExits } from './fetchExits.js';
import { createSlurmHistory, createRememberedFetcher } from './history.js';
import { createClusterCatalog } from './clusterCatalog.js';
import { createSubmission } from './options.js';
import { listOutputFolders } from './outputFolders.js';
import { getDefaultPattern, expandJobPattern, toLiteralPattern } from './patterns.js';
import { createSlurmQuestions } from './questions.js';
import { createSlurmView } from './reasons.js';
import { createSlurmRowReader } from './rows.js';
import { isCertainRefusal, isControllerRefusal, parseSbatchResponse } from './sbatchResponse.js';
import { createSlurmBatchFile } from './batchFile.js';
import { squeueFormat, parseSqueue } from './squeue.js';
import { createValidatedSubmissions, type ValidatedSubmissions } from './validated.js';

/** Slurm's dialect. Source of all queries: docs/protocols/slurm.md. */
export const slurmDialect: DialectFactory = { commands: slurmCommandStyle, create: createDialect };

function createDialect({ calls, historyDays, clock, log }: DialectDeps): SchedulerDialect {
  const offers = createClusterCatalog(calls, clock);
  const environment = createEnvironmentReader(calls, clock);
  const clusters = createClusterCheck(calls);
  const checking = { catalog: offers, readEnvironment: environment, clusters };
  const validated = createValidatedSubmissions();
  return {
    capabilities: {
      kinds: ['script', 'bundle'],
      args: true,
      env: true,
      timeLimit: { isOptional: true, recall: 'ask' },
      language: { id: 'julia' },
    },
    queue: createSlurmQueue(calls),
    history: createSlurmHistory(calls, historyDays, clock, log),
    view: createSlurmView(),
    submit: createSlurmSubmit(checking, validated),
    control: slurmControl,
    logs: slurmLogs,
    questions: (jobs) => createSlurmQuestions({ catalog: offers, listJobs: jobs }),
    validate: createSlurmValidation(checking, validated),
    getDefaults: createSlurmDefaults(checking),
    script: {
      // Only the job's owner can read it. Source: scontrol(1), "write batch_script".
      argv: (id) => ['scontrol', 'write', 'batch_script', id, '-'],
      toUnknownText: (name) =>
        `Slurm no longer has the script of ${name}, or the job was started without one.`,
    },
  };
}

/** Source: docs/protocols/slurm.md, 4.1 and 4.4. */
const listArgv = ['squeue', '--me', '--noheader', '--states=all'];

/** The jobs of squeue, and what the controller stores about them. */
export const createSlurmQueue = (calls: SchedulerCalls): QueueDialect => ({
  argv: [...listArgv, `--format=${squeueFormat}`],
  read: (output) => parseQueue(output),
  one: {
    // Tasks that share a row are queried by their array.
    argv: (id) => [...listArgv, `--jobs=${id.replace(/_\[.*/s, '')}`, `--format=${squeueFormat}`],
    // One row is enough for an array; it can represent a million tasks.
    read: (output) => parseQueue(output, (shown) => shown.replace(/_\[.*$/s, '')),
  },
  fetchExits: (ids, signal) => fetchExits(calls, ids, signal),
  fetchRemembered: createRememberedFetcher(calls),
});

function* parseQueue(output: string, toShown = (shown: string) => shown): Generator<SchedulerJob | string> {
  const reader = createSlurmRowReader();
  for (const read of parseSqueue(output)) {
    if (typeof read === 'string') yield read;
    else yield* reader.fromQueue({ ...read, shown: toShown(read.shown) });
  }
}

/** How sbatch is called. */
export const createSlurmSubmit = (
  deps: SlurmValidationDeps,
  validated: ValidatedSubmissions,
): SubmitDialect => ({
  program: 'sbatch',
  toBatch: ({ name, text, path, setup }) => createSlurmBatchFile({ name, text }, path, setup),
  toSubmission: async ({ paths: place, batch, usualName, request, validation }, mode, signal) => {
    const script = parseDirectives(batch.text);
    const { variables, user } =
      validated.find(validation, script) ??
      (await checkBeforeSending(deps, script, usualName, request, signal));
    const option = mode === 'try' ? tryOption : '--parsable';
    return createSubmission(request, { paths: place, script, variables, usualName, user }, [option]);
  },
  tryOption,
  parseResponse: parseSbatchResponse,
  parseRefusal: (ran) =>
    isCertainRefusal(ran) ? (isControllerRefusal(ran) ? 'final' : 'certain') : undefined,
  parseNotice: (errors) => parseSiteNotice(errors, /^(?:\/\S*\/)?sbatch: (?:(?:info|lua|warning|error): )?/),
  clusters: {
    isOwn: deps.clusters.isOwn,
    cancelArgv: (id, cluster) => ['scancel', `--clusters=${cluster}`, id],
  },
  listOutputFolders,
});

const tryOption = '--test-only';

/** Source: docs/protocols/slurm.md, 6. */
export const slurmControl: ControlDialect = {
  cancel: (id) => ['scancel', id],
  cancelQueued: (id) => ['scancel', '--state=PENDING', id],
  hold: (id) => ['scontrol', 'hold', id],
  release: (id) => ['scontrol', 'release', id],
  requeue: (id) => ['scontrol', 'requeue', id],
  extend: (id, byMs) => {
    const minutes = Math.max(1, Math.ceil(byMs / 60_000));
    return ['scontrol', 'update', `JobId=${id}`, `TimeLimit+=${String(minutes)}`];
  },
  extendWarning:
    "Only Slurm administrators can raise a job's time limit; for other users, Slurm refuses it. Resubmit the job with a longer limit instead.",
  toExtendDenial: (id) =>
    `only Slurm administrators can raise a job's time limit. Ask them to extend job ${id}, or resubmit it with a longer limit.`,
};

/** Source: docs/protocols/slurm.md, 7.1. */
export const slurmLogs: LogDialect = {
  expandPattern: expandJobPattern,
  toPattern: toLiteralPattern,
  getDefaultPattern,
  isLog: (path) => /^slurm-[^/]*\.out$/.test(path),
};
