import { toOneLine } from '../../lib/sanitize.js';
import { getRunFailure, isFailed } from '../domain/jobFailure.js';
import type { Job } from '../domain/job.js';
import type { JobMetadata, StoredFailure } from '../domain/jobMetadata.js';

/** Reasons that only repeat the exit status. */
const exitReasonPattern = /^(exit (code )?\d+|signal \S+)$/;

/** The exit code of a shell whose command was ended by signal 9. */
const killedExitCode = 137;

/** Jobs of version 0.1.0 have a stored reason `exit 3`, which is written `exit code 3` since. */
export const useCurrentWording = (reason: string): string => reason.replace(/^exit (?=\d+$)/, 'exit code ');

const isExitReason = ({ reason }: Job): boolean => reason === undefined || exitReasonPattern.test(reason);

/**
 * True if a job was ended by SIGKILL, and neither the user nor a limit that the engine reports explains it: on Linux,
 * most often memory ran out.
 */
export function isProbablyOutOfMemory(job: Job): boolean {
  if (!isFailed(job) || !isExitReason(job)) return false;
  const { code, signal } = job.exit ?? {};
  return signal === undefined ? code === killedExitCode : /^(SIG)?KILL$/.test(signal);
}

/** How a job ended: `exit code 3`, `signal SIGTERM`, `killed (out of memory?)`, or the engine's reason. */
export function formatFailureExit(job: Job): string | undefined {
  if (isProbablyOutOfMemory(job)) return 'killed (out of memory?)';
  if (job.reason) return useCurrentWording(toOneLine(job.reason));
  if (job.exit?.signal !== undefined) return `signal ${job.exit.signal}`;
  return job.exit?.code === undefined ? undefined : `exit code ${String(job.exit.code)}`;
}

/**
 * Why a job failed, for its row: `KeyError: 'lr' · exit code 1`. Without a known error, the last line of the log stands
 * in its place. Undefined: the job did not fail, nothing is known, or it is an array, whose tasks have the reasons.
 */
export function formatFailureReason(job: Job, metadata: JobMetadata | undefined): string | undefined {
  if (!isFailed(job) || job.tasks) return undefined;
  const exit = formatFailureExit(job);
  if (isProbablyOutOfMemory(job)) return exit;
  const { text, lastLine } = getRunFailure(job, metadata) ?? {};
  // The engine's own reason, such as a reached time limit, explains more than the last line.
  const parts = isExitReason(job) ? [text ?? lastLine, exit] : [exit, text];
  return parts.flatMap((part) => (part ? [toOneLine(part)] : [])).join(' · ') || undefined;
}

/** Why a job failed, for a message: with the place of the error, if its log shows it. */
export function formatFailureMessage(job: Job, failure: StoredFailure | undefined): string | undefined {
  const { text } = failure ?? {};
  if (failure && text !== undefined && isExitReason(job) && !isProbablyOutOfMemory(job))
    return formatFailureWithPlace({ ...failure, text });
  return formatFailureReason(job, failure && { failure })?.replace(/\.$/, '');
}

/** A failure with its place: `KeyError: 'lr' (train.py:41)`. */
export function formatFailureWithPlace(failure: { readonly text: string } & FailurePlace): string {
  const text = failure.text.replace(/\.$/, '');
  const place = formatFailurePlace(failure);
  return place === undefined ? text : `${text} (${place})`;
}

/** Where a failure happened, as far as the log shows it. */
export interface FailurePlace {
  readonly file?: string | undefined;
  readonly line?: number | undefined;
}

/** The file without its folders, and the line: `fit.py:3`. */
export function formatFailurePlace({ file, line }: FailurePlace): string | undefined {
  if (file === undefined) return undefined;
  const name = file.split(/[\\/]/).at(-1) ?? file;
  return line === undefined ? name : `${name}:${String(line)}`;
}
