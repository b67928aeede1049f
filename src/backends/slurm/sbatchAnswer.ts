import { stripCodes } from '../../lib/terminalCodes.js';
import type { Ran } from '../../remote/run.js';
import type { SubmitAnswer } from '../scheduler/submit/submission.js';
import { refusal } from './errors.js';

/** With `--parsable`, and without it where a site's own program calls sbatch. Source: docs/protocols/slurm.md, 3.1 and 17. */
const forms = [
  /^(\d{1,12})(?:;(\S+))?$/,
  /^(?:sbatch: )?Submitted batch job (\d{1,12})(?: on cluster (\S+))?$/,
];

/**
 * Reads what sbatch wrote to its output; a site may say things of its own around it, in color too. Where sbatch named no
 * job there, a program that called it may have written its words to the errors. Undefined: it names no job.
 */
export function parseSbatchAnswer({
  output,
  errors,
}: Pick<Ran, 'output' | 'errors'>): SubmitAnswer | undefined {
  return answerIn(output, forms) ?? answerIn(errors, forms.slice(1));
}

function answerIn(text: string, known: readonly RegExp[]): SubmitAnswer | undefined {
  const lines = stripCodes(text)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const found = lines.flatMap((line) => {
    const [, id, cluster] = known.map((form) => form.exec(line)).find((match) => match !== null) ?? [];
    return id === undefined ? [] : [{ id, cluster }];
  });
  const last = found.at(-1);
  if (!last) return undefined;
  const isUnsure = found.some(({ id, cluster }) => id !== last.id || cluster !== last.cluster);
  return { ...last, isUnsure, isAlone: lines.length === found.length };
}

/**
 * True where it is certain that sbatch made no job: it says itself why it refuses. Any other failure may be that of
 * something around it, after the submission.
 */
export function isCertainRefusal(ran: Ran): boolean {
  const { code, errors } = ran;
  if (code === 0 || (code >= 128 && code !== 255)) return false;
  if (parseSbatchAnswer(ran) !== undefined || isUnheard(errors)) return false;
  if (isControllersRefusal(ran)) return true;
  return wordsOf(errors).some((line) => refusal(line).kind === 'badOption' || isUsage.test(line));
}

/** True where sbatch says that the controller has refused the job, or was not there. */
export const isControllersRefusal = ({ errors }: Ran): boolean =>
  wordsOf(errors).some((line) => /Batch job submission failed: /.test(line));

/** sbatch's own lines. */
const wordsOf = (errors: string): readonly string[] =>
  errors
    .split('\n')
    .map((line) => /^(?:\/\S*\/)?sbatch: (.+)$/.exec(line.trim())?.[1])
    .filter((line) => line !== undefined);

/** Before it asks the controller, sbatch refuses what it cannot read. Source: recorded answers of 20.11 to 26.05. */
const isUsage = /^fatal: |^error: .*(?:script|option|specif|argument|cluster)|option '|option --/i;

/** The controller has heard it or not; its answer did not come. Source: Slurm's words for its communication errors. */
const isUnheard = (errors: string): boolean =>
  /timed out on send\/recv|zero bytes were|unexpected message|incomplete (?:header|message)|(?:send|receive) (?:failure|error)|insane message|broken pipe|connection reset/i.test(
    errors,
  );
