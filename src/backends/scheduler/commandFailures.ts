import { JobError } from '../../core/domain/problem.js';
import type { RunResult } from '../../remote/runOnHost.js';

/**
 * The kind of a failure of a scheduler's program.
 *
 * - `offline`: the controller does not respond, or no configuration names one.
 * - `gone`: the job is unknown or no longer known; the accounting may have it.
 * - `denied`: the user lacks the permission.
 * - `alreadyDone`: the job has finished or is finishing.
 * - `tryLater`: temporarily not possible.
 * - `accountingOff`, `accountingDown`: no accounting exists; or it does not respond at the moment.
 * - `badOption`: the requested option is not available here.
 */
export type CommandFailureKind =
  | 'offline'
  | 'gone'
  | 'denied'
  | 'alreadyDone'
  | 'tryLater'
  | 'accountingOff'
  | 'accountingDown'
  | 'badOption'
  | 'other';

/** A failure of a scheduler's program. */
export interface CommandFailure {
  readonly kind: CommandFailureKind;
  /** The program's message, one line without its name: the last line with content. Empty: none. */
  readonly words: string;
  /** The lines before it: the exact reason, or the site's notice to its users. */
  readonly details: readonly string[];
}

/** The failure messages of a scheduler's programs, in English. */
export interface CommandFailurePatterns {
  /** The first pattern that matches a text decides. */
  readonly kinds: readonly (readonly [CommandFailureKind, RegExp])[];
  /** Prefixes without content, such as the program's name, removed one after another. */
  readonly prefixes: readonly RegExp[];
  /** True for lines without content for users, such as usage hints. */
  readonly isNoise: (line: string) => boolean;
}

/** Parses the stderr of a failed program. */
export function parseCommandFailure(
  stderr: string,
  { kinds, prefixes, isNoise }: CommandFailurePatterns,
): CommandFailure {
  const findKind = (line: string): CommandFailureKind | undefined =>
    kinds.find(([, pattern]) => pattern.test(line))?.[0];
  const lines = stderr
    .split('\n')
    .map((line) => prefixes.reduce((text, prefix) => text.replace(prefix, ''), line.trim()))
    .filter((line) => line !== '' && !isNoise(line));
  const words = lines.at(-1) ?? '';
  // The last line decides; if it says little, the line before it can be more precise.
  const decided = findKind(words) ?? lines.map(findKind).findLast((kind) => kind !== undefined);
  return { kind: decided ?? 'other', words, details: lines.slice(0, -1) };
}

/** The problem to report for a failed command. @param name - The job it was about; empty: none. */
export function toJobError(
  { code, errors }: RunResult,
  { place, style }: { readonly place: string; readonly style: { readonly failures: CommandFailurePatterns } },
  name: string,
): JobError {
  const { kind, words, details } = parseCommandFailure(errors, style.failures);
  const said = words === '' ? `exit code ${String(code)}, no output` : [...details, words].join(' · ');
  switch (kind) {
    case 'offline':
      return new JobError({ kind: 'offline', place, why: words });
    case 'gone':
      return new JobError({ kind: 'gone', name });
    case 'alreadyDone':
      return new JobError({ kind: 'invalid', why: `${name} has already finished or is finishing.` });
    case 'denied':
    case 'tryLater':
    case 'accountingOff':
    case 'accountingDown':
    case 'badOption':
    case 'other':
      return new JobError({ kind: 'refused', place, words: said });
  }
}
