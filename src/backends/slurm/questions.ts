import type { JobSubmission } from '../../core/domain/backend.js';
import type { Answers, Choice, Question } from '../../core/domain/questions.js';
import { isActive, type Job } from '../../core/domain/job.js';
import { stateText } from '../../core/presentation/state.js';
import { joinWords, splitWords } from '../../lib/words.js';
import { optionsIn, readOptions, strayWord } from './directives.js';
import { checkArray } from '../scheduler/taskIds.js';
import { partitionChoice, type Offers } from './offers.js';

/** Dependencies of the questions. */
export interface Asking {
  readonly offers: Offers;
  /** The jobs that another job can wait for, newest first. */
  readonly jobs: (signal: AbortSignal) => Promise<readonly Job[]>;
}

/**
 * The questions for a submission to Slurm. All are optional: an empty answer keeps the value of the script's
 * `#SBATCH` lines or the cluster's default. Source: docs/protocols/slurm.md, 8 and 9.
 */
export const slurmQuestions =
  (asking: Asking): NonNullable<JobSubmission['questions']> =>
  () =>
    [...place(asking), ...size(), ...order(asking), ...rest()].map(withRecall);

/** Dependencies apply to one submission only; other answers apply again once the user has seen them. */
const withRecall = (question: Question): Question => ({
  ...question,
  recall: question.id === 'after' || question.id === 'afterKind' ? 'never' : 'ask',
});

const blank = (detail?: string): Choice => ({
  value: '',
  label: 'Default (script or cluster)',
  ...(detail === undefined ? {} : { detail }),
});

function place({ offers }: Asking): readonly Question[] {
  return [
    {
      id: 'partition',
      title: 'Partition',
      prompt: 'Cluster queue (free resources shown)',
      initial: '',
      optional: true,
      free: true,
      choices: async (signal) => {
        const all = await offers.partitions(signal);
        const usual = all.find(({ isDefault }) => isDefault);
        const detail = usual && `The default is ${usual.name}`;
        return [blank(detail), ...all.map((one) => partitionChoice(one))];
      },
      check: word(),
    },
    {
      id: 'account',
      title: 'Account',
      prompt: 'Account to charge',
      initial: '',
      optional: true,
      free: true,
      choices: async (signal) => {
        const { accounts, defaultAccount } = await offers.associations(signal);
        const detail = defaultAccount === undefined ? undefined : `The default is ${defaultAccount}`;
        return [blank(detail), ...accounts.map(({ name }) => ({ value: name, label: name }))];
      },
      check: word(),
    },
    {
      id: 'qos',
      title: 'QOS',
      prompt: 'Quality of service: priority and limits',
      initial: '',
      optional: true,
      free: true,
      choices: async (signal, { account = '' }) => {
        const { accounts } = await offers.associations(signal);
        const able = accounts.filter(({ name }) => account === '' || name === account);
        const names = [...new Set(able.flatMap(({ qos }) => qos))];
        return [blank(), ...names.map((name) => ({ value: name, label: name }))];
      },
      check: word(),
    },
  ];
}

const word =
  () =>
  (value: string): string | undefined =>
    /^[\w.@:,/+-]*$/.test(value.trim()) && !value.trim().startsWith('-')
      ? undefined
      : 'Enter a name without spaces.';

function size(): readonly Question[] {
  const typed = (id: string, title: string, prompt: string, form: RegExp, example: string): Question => ({
    id,
    title,
    prompt,
    initial: '',
    optional: true,
    check: (value) =>
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
export const arrayBound = { maxIndex: 4_000_000, title: 'Slurm' };

function order({ jobs }: Asking): readonly Question[] {
  const hasArray = ({ array = '' }: Answers): boolean => array.trim() !== '';
  const waits = ({ after = '' }: Answers): boolean => after.trim() !== '';
  return [
    {
      id: 'array',
      title: 'Array',
      prompt: 'Task indices such as 0-99, 1,3,5, or 0-98:2; leave empty for a single job',
      initial: '',
      optional: true,
      check: (value) => checkArray(value, arrayBound),
    },
    {
      id: 'throttle',
      title: 'Max Concurrent Tasks',
      prompt: 'Maximum number of array tasks that run at the same time; leave empty for no limit',
      initial: '',
      optional: true,
      when: (options) => hasArray(options) && !(options['array'] ?? '').includes('%'),
      check: (value) =>
        /^([1-9]\d{0,6})?$/.test(value.trim()) ? undefined : 'Enter a positive number, or leave empty.',
    },
    {
      id: 'after',
      title: 'Dependencies',
      prompt: 'Jobs that must finish first',
      initial: '',
      optional: true,
      many: true,
      choices: async (signal) =>
        (await jobs(signal))
          .filter((job) => isActive(job) && job.parent === undefined)
          .map((job) => jobChoice(job)),
    },
    {
      id: 'afterKind',
      title: 'Condition',
      prompt: 'When the dependencies allow the job to start',
      initial: 'afterok',
      optional: true,
      when: waits,
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

const jobChoice = (job: Job): Choice => ({
  value: job.id,
  label: job.name,
  description: `${job.id} · ${stateText(job.state)}`,
});

/** Options that other questions cover, or that would take control of the submission. Source: sbatch(1). */
const ours = new Set([
  ...['parsable', 'wrap', 'test-only', 'wait', 'quiet', 'help', 'usage', 'version'],
  ...['clusters', 'array', 'chdir', 'job-name'],
]);

/** Dependencies apply once; the next submission has other ones or none. */
function withoutDependencies(value: string): string {
  const split = splitWords(value);
  if (!('words' in split)) return value;
  const kept: string[] = [];
  for (let at = 0; at < split.words.length; at++) {
    const word = split.words[at] ?? '';
    const option = readOptions(word).find(({ name }) => name === 'dependency');
    if (!option) kept.push(word);
    else if (option.isOpen) at++;
  }
  return kept.length === split.words.length ? value : joinWords(kept);
}

function rest(): readonly Question[] {
  return [
    {
      id: 'setup',
      title: 'Setup Commands',
      prompt: 'Shell commands to run before a Julia, Python, or R script, such as: module load julia/1.10',
      initial: '',
      optional: true,
      check: (value) => (/[\r\n]/.test(value) ? 'Enter one line; separate commands with ;' : undefined),
    },
    {
      id: 'extra',
      title: 'More Options',
      prompt: 'Additional sbatch options, such as: --constraint=a100 --exclusive',
      toRemembered: withoutDependencies,
      initial: '',
      optional: true,
      check: (value) => {
        const split = splitWords(value);
        if (!('words' in split)) return 'Unclosed quote.';
        // sbatch would treat it as the script.
        const stray = strayWord(split.words);
        if (stray !== undefined) return `Unexpected argument ${stray}. Use --name=value.`;
        const taken = optionsIn(split.words).options.find(({ name }) => ours.has(name));
        return taken && `--${taken.name} is set by the extension.`;
      },
    },
  ];
}
