import type { JobSubmission } from '../../core/domain/backend.js';
import type { Answers, Choice, Question } from '../../core/domain/questions.js';
import { isActive, type Job } from '../../core/domain/job.js';
import type { Say } from '../../lib/say.js';
import { stateText } from '../../core/presentation/state.js';
import { joinWords, splitWords } from '../../lib/words.js';
import { optionsIn, readOptions, strayWord } from './directives.js';
import { checkArray } from '../scheduler/taskIds.js';
import { partitionChoice, type Offers } from './offers.js';

/** What the questions draw on. */
export interface Asking {
  readonly offers: Offers;
  /** The jobs that another may wait for, newest first. */
  readonly jobs: (signal: AbortSignal) => Promise<readonly Job[]>;
  readonly say: Say;
}

/**
 * What a submission to Slurm may say besides what all say. Everything may be left empty: then it is as the script's own
 * `#SBATCH` lines or the cluster have it. Source: docs/protocols/slurm.md, 8 and 9.
 */
export const slurmQuestions =
  (asking: Asking): NonNullable<JobSubmission['questions']> =>
  () =>
    [...place(asking), ...size(asking.say), ...order(asking), ...rest(asking.say)].map(withRecall);

/** A job waits for others only this once; all else counts again once the user has seen it. */
const withRecall = (question: Question): Question => ({
  ...question,
  recall: question.id === 'after' || question.id === 'afterKind' ? 'never' : 'ask',
});

const blank = (say: Say, detail?: string): Choice => ({
  value: '',
  label: say('As the script or the cluster says'),
  ...(detail === undefined ? {} : { detail }),
});

function place({ offers, say }: Asking): readonly Question[] {
  return [
    {
      id: 'partition',
      title: say('Partition'),
      prompt: say('The queue of the cluster, with what is free of it now'),
      initial: '',
      optional: true,
      free: true,
      choices: async (signal) => {
        const all = await offers.partitions(signal);
        const usual = all.find(({ isDefault }) => isDefault);
        const detail = usual && say('The default is {0}', usual.name);
        return [blank(say, detail), ...all.map((one) => partitionChoice(one, say))];
      },
      check: word(say),
    },
    {
      id: 'account',
      title: say('Account'),
      prompt: say('Who pays for it'),
      initial: '',
      optional: true,
      free: true,
      choices: async (signal) => {
        const { accounts, defaultAccount } = await offers.associations(signal);
        const detail = defaultAccount === undefined ? undefined : say('The default is {0}', defaultAccount);
        return [blank(say, detail), ...accounts.map(({ name }) => ({ value: name, label: name }))];
      },
      check: word(say),
    },
    {
      id: 'qos',
      title: say('QOS'),
      prompt: say('The quality of service: its priority and limits'),
      initial: '',
      optional: true,
      free: true,
      choices: async (signal, { account = '' }) => {
        const { accounts } = await offers.associations(signal);
        const able = accounts.filter(({ name }) => account === '' || name === account);
        const names = [...new Set(able.flatMap(({ qos }) => qos))];
        return [blank(say), ...names.map((name) => ({ value: name, label: name }))];
      },
      check: word(say),
    },
  ];
}

const word =
  (say: Say) =>
  (value: string): string | undefined =>
    /^[\w.@:,/+-]*$/.test(value.trim()) && !value.trim().startsWith('-')
      ? undefined
      : say('A name, without blanks.');

function size(say: Say): readonly Question[] {
  const typed = (id: string, title: string, prompt: string, form: RegExp, example: string): Question => ({
    id,
    title,
    prompt,
    initial: '',
    optional: true,
    check: (value) =>
      value.trim() === '' || form.test(value.trim())
        ? undefined
        : say('Write it as {0}, or leave it empty.', example),
  });
  return [
    typed(
      'nodes',
      say('Nodes'),
      say('How many nodes, or from how many to how many'),
      /^[1-9]\d*(-[1-9]\d*)?$/,
      '2, 2-4',
    ),
    typed('tasks', say('Tasks'), say('How many processes srun or mpirun may start'), /^[1-9]\d*$/, '16'),
    typed('cpus', say('CPUs per Task'), say('How many CPUs each task has, for threads'), /^[1-9]\d*$/, '8'),
    typed('memory', say('Memory per Node'), say('With a unit: M, G or T'), /^\d+[KMGT]?$/i, '16G'),
    typed(
      'gpus',
      say('GPUs per Node'),
      say('How many, or of which kind how many'),
      /^([\w.-]+:)*\d+$/,
      '1, a100:2',
    ),
  ];
}

/** Slurm allows no higher index. */
export const arrayBound = { maxIndex: 4_000_000, title: 'Slurm' };

function order({ jobs, say }: Asking): readonly Question[] {
  const hasArray = ({ array = '' }: Answers): boolean => array.trim() !== '';
  const waits = ({ after = '' }: Answers): boolean => after.trim() !== '';
  return [
    {
      id: 'array',
      title: say('Array'),
      prompt: say('The indices of its tasks, such as 0-99, 1,3,5 or 0-98:2. Empty: one job.'),
      initial: '',
      optional: true,
      check: (value) => checkArray(value, arrayBound, say),
    },
    {
      id: 'throttle',
      title: say('Tasks at Once'),
      prompt: say('How many tasks of the array may run at once. Empty: as many as fit.'),
      initial: '',
      optional: true,
      when: (options) => hasArray(options) && !(options['array'] ?? '').includes('%'),
      check: (value) =>
        /^([1-9]\d{0,6})?$/.test(value.trim()) ? undefined : say('A number from 1 on, or nothing.'),
    },
    {
      id: 'after',
      title: say('Runs After'),
      prompt: say('The jobs that have to end first'),
      initial: '',
      optional: true,
      many: true,
      choices: async (signal) =>
        (await jobs(signal))
          .filter((job) => isActive(job) && job.parent === undefined)
          .map((job) => jobChoice(job, say)),
    },
    {
      id: 'afterKind',
      title: say('Condition'),
      prompt: say('When the jobs before it let it start'),
      initial: 'afterok',
      optional: true,
      when: waits,
      choices: () =>
        Promise.resolve([
          { value: 'afterok', label: say('when all have completed'), description: 'afterok' },
          { value: 'afterany', label: say('when all have ended, however'), description: 'afterany' },
          { value: 'afternotok', label: say('when all have failed'), description: 'afternotok' },
          { value: 'after', label: say('when all have started'), description: 'after' },
          {
            value: 'aftercorr',
            label: say('each task after the same task of the array'),
            description: 'aftercorr',
          },
        ]),
    },
  ];
}

const jobChoice = (job: Job, say: Say): Choice => ({
  value: job.id,
  label: job.name,
  description: `${job.id} · ${stateText(job.state, say)}`,
});

/** What is asked elsewhere, or would take the submission out of our hands. Source: sbatch(1). */
const ours = new Set([
  ...['parsable', 'wrap', 'test-only', 'wait', 'quiet', 'help', 'usage', 'version'],
  ...['clusters', 'array', 'chdir', 'job-name'],
]);

/** Other jobs are waited for only once; by the next time they are other ones, or none. */
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

function rest(say: Say): readonly Question[] {
  return [
    {
      id: 'setup',
      title: say('Commands Before'),
      prompt: say('Run by the shell before a Julia, Python or R script, such as: module load julia/1.10'),
      initial: '',
      optional: true,
      check: (value) => (/[\r\n]/.test(value) ? say('One line; put ; between commands.') : undefined),
    },
    {
      id: 'extra',
      title: say('More Options'),
      prompt: say('Other options of sbatch, such as: --constraint=a100 --exclusive'),
      toRemembered: withoutDependencies,
      initial: '',
      optional: true,
      check: (value) => {
        const split = splitWords(value);
        if (!('words' in split)) return say('A quote is not closed.');
        // sbatch would take it for the script.
        const stray = strayWord(split.words);
        if (stray !== undefined) return say('{0} belongs to no option: write --name=value.', stray);
        const taken = optionsIn(split.words).options.find(({ name }) => ours.has(name));
        return taken && say('--{0} is decided elsewhere.', taken.name);
      },
    },
  ];
}
