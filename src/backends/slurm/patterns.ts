import { posix } from 'node:path';
import type { PatternJob } from '../scheduler/dialect.js';

/** The values of a pattern's placeholders. */
export interface PatternValues {
  /** The number of the job or the task. */
  readonly jobId: number;
  /** Of a task: the array's number and the task's index. */
  readonly arrayId?: number;
  readonly index?: number;
  readonly name: string;
  /** Undefined if unknown. */
  readonly user?: string;
  /** Absolute, on the cluster. */
  readonly workDir: string;
  /** The short name of the first node; undefined if not known yet. */
  readonly node?: string;
  /** Whether this Slurm version supports `%b` (24.11 does, 22.05 keeps it unchanged); undefined if unknown. */
  readonly knowsModulo?: boolean;
}

/** The default pattern of the output. Source: docs/protocols/slurm.md, 7.1. */
export const getDefaultPattern = (isArray: boolean): string => (isArray ? 'slurm-%A_%a.out' : 'slurm-%j.out');

/** The value of `%a` for a job that is not an array. Source: docs/protocols/slurm.md, 7.1. */
const noIndex = 4_294_967_294;

/**
 * The absolute path of a batch script's output, by the pattern of `--output`. Source: docs/protocols/slurm.md, 7.1.
 *
 * @returns undefined if it depends on an unknown value (`%N` before the job runs).
 */
export function expandPattern(pattern: string, facts: PatternValues): string | undefined {
  const text = expandPlaceholders(pattern, facts);
  // Not normalized: `a/../b` is a different file if `a` is a link.
  return text === undefined || posix.isAbsolute(text) ? text : posix.join(facts.workDir, '/') + text;
}

/** The path for a pattern of a listed job; undefined if not all of it is known. */
export function expandJobPattern(pattern: string, job: PatternJob): string | undefined {
  const { own, base, index, name, workDir } = job;
  // The number of a queued task, or of one known only by its index, is unknown.
  const needsOwn = index !== undefined && own === undefined && /%\d*[jJ]/.test(pattern.replaceAll('%%', ''));
  const jobId = own ?? (needsOwn ? undefined : base);
  if (jobId === undefined) return undefined;
  const array = index === undefined ? {} : { arrayId: base ?? jobId, index };
  const node = getFirstNode(job);
  return expandPattern(pattern, {
    ...{ jobId, name, workDir },
    ...array,
    ...(node === undefined ? {} : { node }),
  });
}

/** The short name of a job's first node: `n1` of `n[1-3,7].cluster`. */
function getFirstNode({ nodeList }: PatternJob): string | undefined {
  const [, head = '', inner = ''] = /^([^,[\]]+)(?:\[(\w+))?/.exec(nodeList ?? '') ?? [];
  return head === '' ? undefined : (head + inner).replace(/\..*$/s, '');
}

/** Escapes a text for use in a pattern. */
export const toLiteralPattern = (text: string): string => text.replaceAll('%', '%%');

/** The values that are known at submission. */
export interface PatternSubmission {
  readonly name: string;
  /** Undefined if unknown. */
  readonly user: string | undefined;
  /** The working directory; can be relative to an unknown one. */
  readonly folder: string;
}

/**
 * The pattern by which a job's output can be found later, even if the job is renamed: absolute if its folder is, with
 * the values of its name and user.
 */
export function toAbsolutePattern(pattern: string, { name, user, folder }: PatternSubmission): string {
  const isLiteral = pattern.includes('\\');
  // A backslash would disable the placeholders.
  const fits = (text: string | undefined): text is string => text !== undefined && !text.includes('\\');
  const filled = isLiteral
    ? pattern
    : pattern.replaceAll(placeholder, (whole, _width, letter: string) => {
        const text = letter === 'x' ? name : letter === 'u' ? user : undefined;
        return fits(text) ? toLiteralPattern(text) : whole;
      });
  if (posix.isAbsolute(filled) || !posix.isAbsolute(folder) || !fits(folder)) return filled;
  return posix.join(isLiteral ? folder : toLiteralPattern(folder), '/') + filled;
}

/** Other letters stay unchanged; cases that 22.05 and 26.05 handle differently (`%1%`, a trailing `%`) are unknown. */
const placeholder = /%(\d*)([AabJjNnstux%]|$)/g;

function expandPlaceholders(pattern: string, facts: PatternValues): string | undefined {
  // One backslash anywhere disables all placeholders and is itself removed.
  if (pattern.includes('\\')) return pattern.replaceAll('\\', '');
  const values = [...pattern.matchAll(placeholder)].map((match) => toPlaceholderValue(match, facts));
  if (values.includes(undefined)) return undefined;
  let next = 0;
  return pattern.replaceAll(placeholder, () => values[next++] ?? '');
}

/** Numbers are padded with zeros to the width, up to ten digits; texts are not. Undefined if unknown. */
function toPlaceholderValue(
  [whole, width = '', letter = '']: RegExpExecArray,
  facts: PatternValues,
): string | undefined {
  const { jobId, arrayId = jobId, index = noIndex, knowsModulo } = facts;
  const padded = (value: number): string => String(value).padStart(Math.min(10, Number(width)), '0');
  switch (letter) {
    case 'A':
      return padded(arrayId);
    case 'a':
      return padded(index);
    case 'b':
      return knowsModulo === true ? padded(index % 10) : knowsModulo === false ? whole : undefined;
    case 'J':
    case 'j':
      return padded(jobId);
    case 'n':
    case 't':
      // For a batch script, which runs once, on the first node.
      return padded(0);
    case 'N':
      return facts.node;
    case 's':
      return 'batch';
    case 'u':
      return facts.user;
    case 'x':
      return facts.name;
    default:
      return whole === '%%' ? '%' : undefined;
  }
}
