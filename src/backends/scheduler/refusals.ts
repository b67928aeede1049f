import { JobError } from '../../core/domain/problem.js';
import type { Ran } from '../../remote/run.js';

/**
 * What a program of a scheduler says when it fails.
 *
 * - `offline`: the controller does not answer, or there is no configuration that names one.
 * - `gone`: it knows no such job (any more); the accounting may.
 * - `denied`: this user may not do that.
 * - `alreadyDone`: the job has ended, or is about to.
 * - `tryLater`: not now.
 * - `accountingOff`, `accountingDown`: there is no history here; or not at the moment.
 * - `badOption`: what was asked for is not to be had here.
 */
export type RefusalKind =
  | 'offline'
  | 'gone'
  | 'denied'
  | 'alreadyDone'
  | 'tryLater'
  | 'accountingOff'
  | 'accountingDown'
  | 'badOption'
  | 'other';

/** A failure of one of a scheduler's programs. */
export interface Refusal {
  readonly kind: RefusalKind;
  /** Its own words, one line without the program's name: the last that says something. Empty: it said nothing. */
  readonly words: string;
  /** The lines before it, likewise: what exactly was wrong, or what the site has to say to its users. */
  readonly details: readonly string[];
}

/** How a scheduler's programs word their failures, in English. */
export interface RefusalStyle {
  /** The first that fits a text decides. */
  readonly kinds: readonly (readonly [RefusalKind, RegExp])[];
  /** What a line begins with and says nothing, such as the program's name, removed one after the other. */
  readonly prefixes: readonly RegExp[];
  /** Lines that say nothing to a user, such as advice on how to call the program. */
  readonly isNoise: (line: string) => boolean;
}

/** Reads what a program wrote to stderr when it failed. */
export function parseRefusal(stderr: string, { kinds, prefixes, isNoise }: RefusalStyle): Refusal {
  const kindOf = (line: string): RefusalKind | undefined =>
    kinds.find(([, pattern]) => pattern.test(line))?.[0];
  const lines = stderr
    .split('\n')
    .map((line) => prefixes.reduce((text, prefix) => text.replace(prefix, ''), line.trim()))
    .filter((line) => line !== '' && !isNoise(line));
  const words = lines.at(-1) ?? '';
  // The last line decides; the one before it may know more where that says little.
  const decided = kindOf(words) ?? lines.map(kindOf).findLast((kind) => kind !== undefined);
  return { kind: decided ?? 'other', words, details: lines.slice(0, -1) };
}

/** What a command's failure is to the user. @param name - the job it was about; empty: none. */
export function problemOf(
  { code, errors }: Ran,
  { place, style }: { readonly place: string; readonly style: { readonly refusals: RefusalStyle } },
  name: string,
): JobError {
  const { kind, words, details } = parseRefusal(errors, style.refusals);
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
