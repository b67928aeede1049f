import type { JobSubmission } from '../../core/domain/backend.js';
import type { QuestionAnswers, QuestionChoice, Question } from '../../core/domain/questions.js';
import { isActive, type Job } from '../../core/domain/job.js';
import { formatState } from '../../core/presentation/statusText.js';
import { formatArgs, parseArgs } from '../../lib/shellWords.js';
import { parseArguments, parseWord, findUnexpectedArgument } from './directives.js';
import { validateArray } from '../scheduler/taskIds.js';
import { toPartitionChoice, type ClusterCatalog } from './clusterCatalog.js';

/** Dependencies of the questions. */
export interface SlurmQuestionDeps {
  readonly catalog: ClusterCatalog;
  /** The jobs that another job can wait for, newest first. */
  readonly listJobs: (signal: AbortSignal) => Promise<readonly Job[]>;
}

/**
 * The questions for a submission to Slurm. All are optional: an empty answer keeps the value of the script's
 * `#SBATCH` lines or the cluster's default. Source: docs/protocols/slurm.md, 8 and 9.
 */
export const createSlurmQuestions =
  (asking: SlurmQuestionDeps): NonNullable<JobSubmission['questions']> =>
  () =>
    [
      ...createPlacementQuestions(asking),
      ...createSizeQuestions(),
      ...createOrderQuestions(asking),
      ...createOtherQuestions(),
    ].map(addRecall);

/** Dependencies apply to one submission only; other answers apply again once the user has seen them. */
const addRecall = (question: Question): Question => ({
  ...question,
  recall: question.id === 'after' || question.id === 'afterKind' ? 'never' : 'ask',
});

const createBlankChoice = (detail?: string): QuestionChoice => ({
  value: '',
  label: 'Default (script or cluster)',
  ...(detail === undefined ? {} : { detail }),
});

function createPlacementQuestions({ catalog: offers }: SlurmQuestionDeps): readonly Question[] {
  return [
    {
      id: 'partition',
      title: 'Partition',
      prompt: 'Cluster queue (free resources shown)',
      initial: '',
      optional: true,
      allowCustom: true,
      choices: async (signal) => {
        const all = await offers.listPartitions(signal);
        const usual = all.find(({ isDefault }) => isDefault);
        const detail = usual && `The default is ${usual.name}`;
        return [createBlankChoice(detail), ...all.map((one) => toPartitionChoice(one))];
      },
      validate: createWordValidator(),
    },
    {
      id: 'account',
      title: 'Account',
      prompt: 'Account to charge',
      initial: '',
      optional: true,
      allowCustom: true,
      choices: async (signal) => {
        const { accounts, defaultAccount } = await offers.getAssociations(signal);
        const detail = defaultAccount === undefined ? undefined : `The default is ${defaultAccount}`;
        return [createBlankChoice(detail), ...accounts.map(({ name }) => ({ value: name, label: name }))];
      },
      validate: createWordValidator(),
    },
    {
      id: 'qos',
      title: 'QOS',
      prompt: 'Quality of service: priority and limits',
      initial: '',
      optional: true,
      allowCustom: true,
      choices: async (signal, { account = '' }) => {
        const { accounts } = await offers.getAssociations(signal);
        const able = accounts.filter(({ name }) => account === '' || name === account);
        const names = [...new Set(able.flatMap(({ qos }) => qos))];
        return [createBlankChoice(), ...names.map((name) => ({ value: name, label: name }))];
      },
      validate: createWordValidator(),
    },
  ];
}

const createWordValidator =
  () =>
  (value: string): string | undefined =>
    /^[\w.@:,/+-]*$/.test(value.trim()) && !value.trim().startsWith('-')
      ? undefined
      : 'Enter a name without spaces.';

function createSizeQuestions(): readonly Question[] {
  const typed = (id: string, title: string, prompt: string, form: RegExp, example: string): Question => ({
    id,
    title,
    prompt,
    initial: '',
    optional: true,
    validate: (value) =>
      value.trim() === '' || form.test(value.trim()) ? undefined : `Format: ${example}; may be empty.`,
  });
  return [
    typed('nodes', 'Nodes', 'Number of nodes, or a range', /^[1-9]\d*(-[1-9]\d*)?$/, '2, 2-4'),
    typed('tasks', 'Tasks', 'Number of processes that srun or mpirun may start', /^[1-9]\d*$/, '16'),
    typed('cpus', 'CPUs per Task', 'Number of CPUs per task, for threads', /^[1-9]\d*$/, '8'),
    typed('memory', 'Memory per Node', 'With a unit: M, G or T', /^\d+[KMGT]?$/i, '16G'),
    typed('gpus', 'GPUs per Node', 'A count, or type:count', /^([\w.-]+:)*\d+$/, '1, a100:2'),
  ];
}

/** The highest index that Slurm accepts. */
export const arrayIndexBound = { maxIndex: 4_000_000, title: 'Slurm' };

function createOrderQuestions({ listJobs: jobs }: SlurmQuestionDeps): readonly Question[] {
  const hasArray = ({ array = '' }: QuestionAnswers): boolean => array.trim() !== '';
  const waits = ({ after = '' }: QuestionAnswers): boolean => after.trim() !== '';
  return [
    {
      id: 'array',
      title: 'Array',
      prompt: 'Task indices such as 0-99, 1,3,5, or 0-98:2; leave empty for a single job',
      initial: '',
      optional: true,
      validate: (value) => validateArray(value, arrayIndexBound),
    },
    {
      id: 'throttle',
      title: 'Max Concurrent Tasks',
      prompt: 'Maximum number of array tasks that run at the same time; leave empty for no limit',
      initial: '',
      optional: true,
      isVisible: (options) => hasArray(options) && !(options['array'] ?? '').includes('%'),
      validate: (value) =>
        /^([1-9]\d{0,6})?$/.test(value.trim()) ? undefined : 'Enter a positive number, or leave empty.',
    },
    {
      id: 'after',
      title: 'Dependencies',
      prompt: 'Jobs that must finish first',
      initial: '',
      optional: true,
      multiple: true,
      choices: async (signal) =>
        (await jobs(signal))
          .filter((job) => isActive(job) && job.parent === undefined)
          .map((job) => toJobChoice(job)),
    },
    {
      id: 'afterKind',
      title: 'Condition',
      prompt: 'When the dependencies allow the job to start',
      initial: 'afterok',
      optional: true,
      isVisible: waits,
      choices: () =>
        Promise.resolve([
          { value: 'afterok', label: 'completed', description: 'afterok' },
          { value: 'afterany', label: 'finished in any state', description: 'afterany' },
          { value: 'afternotok', label: 'failed', description: 'afternotok' },
          { value: 'after', label: 'started', description: 'after' },
          {
            value: 'aftercorr',
            label: 'each task after the matching task of the array',
            description: 'aftercorr',
          },
        ]),
    },
  ];
}

const toJobChoice = (job: Job): QuestionChoice => ({
  value: job.id,
  label: job.name,
  description: `${job.id} · ${formatState(job.state)}`,
});

/** Options that other questions cover, or that would take control of the submission. Source: sbatch(1). */
const reservedOptions = new Set([
  ...['parsable', 'wrap', 'test-only', 'wait', 'quiet', 'help', 'usage', 'version'],
  ...['clusters', 'array', 'chdir', 'job-name'],
]);

/** Dependencies apply once; the next submission has other ones or none. */
function removeDependencies(value: string): string {
  const split = parseArgs(value);
  if (!('words' in split)) return value;
  const kept: string[] = [];
  for (let at = 0; at < split.words.length; at++) {
    const word = split.words[at] ?? '';
    const option = parseWord(word).find(({ name }) => name === 'dependency');
    if (!option) kept.push(word);
    else if (option.isOpen) at++;
  }
  return kept.length === split.words.length ? value : formatArgs(kept);
}

function createOtherQuestions(): readonly Question[] {
  return [
    {
      id: 'setup',
      title: 'Setup Commands',
      prompt: 'Shell commands to run before a Julia, Python, or R script, such as: module load julia/1.10',
      initial: '',
      optional: true,
      validate: (value) => (/[\r\n]/.test(value) ? 'Enter one line; separate commands with ;' : undefined),
    },
    {
      id: 'extra',
      title: 'More Options',
      prompt: 'Additional sbatch options, such as: --constraint=a100 --exclusive',
      toStoredValue: removeDependencies,
      initial: '',
      optional: true,
      validate: (value) => {
        const split = parseArgs(value);
        if (!('words' in split)) return 'Unclosed quote.';
        // sbatch would treat it as the script.
        const stray = findUnexpectedArgument(split.words);
        if (stray !== undefined) return `Unexpected argument ${stray}. Use --name=value.`;
        const taken = parseArguments(split.words).options.find(({ name }) => reservedOptions.has(name));
        return taken && `--${taken.name} is set by the extension.`;
      },
    },
  ];
}
