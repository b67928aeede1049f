import { stripCodes } from '../../lib/terminalCodes.js';
import type { RunResult } from '../../remote/runOnHost.js';
import type { SubmitResponse } from '../scheduler/submit/submission.js';
import { parseSlurmFailure } from './slurmFailures.js';

/**
 * The output with `--parsable`, and without it if a site's wrapper calls sbatch. Source: docs/protocols/slurm.md, 3.1
 * and 17.
 */
const responsePatterns = [
  /^(\d{1,12})(?:;(\S+))?$/,
  /^(?:sbatch: )?Submitted batch job (\d{1,12})(?: on cluster (\S+))?$/,
];

/**
 * Parses the output of sbatch; a site can print its own text around it, even in color. If the output contains no job,
 * a wrapper may have written it to stderr. Undefined if no job is named.
 */
export function parseSbatchResponse({
  output,
  errors,
}: Pick<RunResult, 'output' | 'errors'>): SubmitResponse | undefined {
  return findResponse(output, responsePatterns) ?? findResponse(errors, responsePatterns.slice(1));
}

function findResponse(text: string, known: readonly RegExp[]): SubmitResponse | undefined {
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
 * True if it is certain that sbatch created no job: it reports itself why it refuses. Other failures can come from a
 * wrapper after the submission.
 */
export function isCertainRefusal(ran: RunResult): boolean {
  const { code, errors } = ran;
  if (code === 0 || (code >= 128 && code !== 255)) return false;
  if (parseSbatchResponse(ran) !== undefined || isControllerResponseMissing(errors)) return false;
  if (isControllerRefusal(ran)) return true;
  return listSbatchLines(errors).some(
    (line) => parseSlurmFailure(line).kind === 'badOption' || usageErrorPattern.test(line),
  );
}

/** True if sbatch reports that the controller refused the job or did not respond. */
export const isControllerRefusal = ({ errors }: RunResult): boolean =>
  listSbatchLines(errors).some((line) => /Batch job submission failed: /.test(line));

/** The lines of sbatch itself. */
const listSbatchLines = (errors: string): readonly string[] =>
  errors
    .split('\n')
    .map((line) => /^(?:\/\S*\/)?sbatch: (.+)$/.exec(line.trim())?.[1])
    .filter((line) => line !== undefined);

/**
 * sbatch rejects what it cannot parse before it contacts the controller. Source: recorded responses of 20.11 to
 * 26.05.
 */
const usageErrorPattern = /^fatal: |^error: .*(?:script|option|specif|argument|cluster)|option '|option --/i;

/**
 * The controller may have received it; its response did not arrive. Source: Slurm's messages for communication
 * errors.
 */
const isControllerResponseMissing = (errors: string): boolean =>
  /timed out on send\/recv|zero bytes were|unexpected message|incomplete (?:header|message)|(?:send|receive) (?:failure|error)|insane message|broken pipe|connection reset/i.test(
    errors,
  );
