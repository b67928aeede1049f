import type { Calls } from '../scheduler/calls.js';
import type {
  ControlDialect,
  DialectDeps,
  DialectFactory,
  LogDialect,
  QueueDialect,
  SchedulerDialect,
  SubmitDialect,
} from '../scheduler/dialect.js';
import type { Seen } from '../scheduler/jobs/seen.js';
import { successWords } from '../scheduler/submit/successWords.js';
import { slurmCommands } from './calls.js';
import { checkBeforeSending, slurmCheck, type CheckDeps } from './check.js';
import { clusterCheck } from './clusters.js';
import { slurmDefaults } from './defaults.js';
import { readDirectives } from './directives.js';
import { environmentReader } from './environment.js';
import { askExits } from './exits.js';
import { history, slurmRemembered } from './history.js';
import { slurmOffers } from './offers.js';
import { submissionOf } from './options.js';
import { listOutputFolders } from './outputFolders.js';
import { defaultPattern, expandJobPattern, literalPattern } from './patterns.js';
import { slurmQuestions } from './questions.js';
import { slurmView } from './reasons.js';
import { seenReader } from './rows.js';
import { isCertainRefusal, isControllersRefusal, parseSbatchAnswer } from './sbatchAnswer.js';
import { batchOf } from './script.js';
import { squeueFormat, squeueRecords } from './squeue.js';
import { createValidatedSubmissions, type ValidatedSubmissions } from './validated.js';

/** Slurm's dialect. Source of all queries: docs/protocols/slurm.md. */
export const slurmDialect: DialectFactory = { commands: slurmCommands, create: createDialect };

function createDialect({ calls, historyDays, clock, log }: DialectDeps): SchedulerDialect {
  const offers = slurmOffers(calls, clock);
  const environment = environmentReader(calls, clock);
  const clusters = clusterCheck(calls);
  const checking = { offers, environment, clusters };
  const validated = createValidatedSubmissions();
  return {
    capabilities: {
      kinds: ['script', 'bundle'],
      args: true,
      env: true,
      timeLimit: { mayBeNone: true, recall: 'ask' },
      language: { id: 'julia' },
    },
    queue: slurmQueue(calls),
    history: history(calls, historyDays, clock, log),
    view: slurmView(),
    submit: slurmSubmit(checking, validated),
    control: slurmControl,
    logs,
    questions: (jobs) => slurmQuestions({ offers, jobs }),
    check: slurmCheck(checking, validated),
    getDefaults: slurmDefaults(checking),
    script: {
      // Only the job's owner can read it. Source: scontrol(1), "write batch_script".
      argv: (id) => ['scontrol', 'write', 'batch_script', id, '-'],
      toUnknownText: (name) =>
        `Slurm no longer has the script of ${name}, or the job was started without one.`,
    },
  };
}

/** Source: docs/protocols/slurm.md, 4.1 and 4.4. */
const listing = ['squeue', '--me', '--noheader', '--states=all'];

/** The jobs of squeue, and what the controller stores about them. */
export const slurmQueue = (calls: Calls): QueueDialect => ({
  argv: [...listing, `--format=${squeueFormat}`],
  read: (output) => readQueue(output),
  one: {
    // Tasks that share a row are queried by their array.
    argv: (id) => [...listing, `--jobs=${id.replace(/_\[.*/s, '')}`, `--format=${squeueFormat}`],
    // One row is enough for an array; it can represent a million tasks.
    read: (output) => readQueue(output, (shown) => shown.replace(/_\[.*$/s, '')),
  },
  exits: (ids, signal) => askExits(calls, ids, signal),
  remembered: slurmRemembered(calls),
});

function* readQueue(output: string, toShown = (shown: string) => shown): Generator<Seen | string> {
  const reader = seenReader();
  for (const read of squeueRecords(output)) {
    if (typeof read === 'string') yield read;
    else yield* reader.ofQueue({ ...read, shown: toShown(read.shown) });
  }
}

/** How sbatch is called. */
export const slurmSubmit = (deps: CheckDeps, validated: ValidatedSubmissions): SubmitDialect => ({
  program: 'sbatch',
  toBatch: ({ name, text, path, setup }) => batchOf({ name, text }, path, setup),
  toSubmission: async ({ place, batch, usualName, request, validation }, mode, signal) => {
    const script = readDirectives(batch.text);
    const { variables, user } =
      validated.find(validation, script) ??
      (await checkBeforeSending(deps, script, usualName, request, signal));
    const option = mode === 'try' ? tryOption : '--parsable';
    return submissionOf(request, { place, script, variables, usualName, user }, [option]);
  },
  tryOption,
  parseAnswer: parseSbatchAnswer,
  parseRefusal: (ran) =>
    isCertainRefusal(ran) ? (isControllersRefusal(ran) ? 'final' : 'certain') : undefined,
  parseNotice: (errors) => successWords(errors, /^(?:\/\S*\/)?sbatch: (?:(?:info|lua|warning|error): )?/),
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
  toExtendDenial: (id) =>
    `only Slurm administrators can raise a job's time limit. Ask them to extend job ${id}, or resubmit it with a longer limit.`,
};

/** Source: docs/protocols/slurm.md, 7.1. */
export const logs: LogDialect = {
  expandPattern: expandJobPattern,
  toPattern: literalPattern,
  usualPattern: defaultPattern,
  isLog: (path) => /^slurm-[^/]*\.out$/.test(path),
};
