import { posix } from 'node:path';
import type { PatternJob } from '../scheduler/dialect.js';

/** What the letters of a pattern stand for. */
export interface PatternFacts {
  /** The own number of the job, or of the task. */
  readonly jobId: number;
  /** Of a task: the array's number and the task's. */
  readonly arrayId?: number;
  readonly index?: number;
  readonly name: string;
  /** Undefined: not known. */
  readonly user?: string;
  /** Absolute, on the cluster. */
  readonly workDir: string;
  /** Short name of the first node; undefined: not known yet. */
  readonly node?: string;
  /** Whether this Slurm has `%b` (24.11 does, 22.05 leaves it as it is); undefined: not known. */
  readonly knowsModulo?: boolean;
}

/** Where output goes that nobody gave a place. Source: docs/protocols/slurm.md, 7.1. */
export const defaultPattern = (isArray: boolean): string => (isArray ? 'slurm-%A_%a.out' : 'slurm-%j.out');

/** What `%a` is of a job that is no array. Source: docs/protocols/slurm.md, 7.1. */
const noIndex = 4_294_967_294;

/**
 * The file that a job's batch script writes to, absolute, by the pattern of `--output`. Source: docs/protocols/slurm.md, 7.1.
 *
 * @returns undefined: it depends on something that is not known (`%N` before it runs).
 */
export function expandPattern(pattern: string, facts: PatternFacts): string | undefined {
  const text = expand(pattern, facts);
  // Not normalized: `a/../b` is another file where `a` is a link.
  return text === undefined || posix.isAbsolute(text) ? text : posix.join(facts.workDir, '/') + text;
}

/** The file that a pattern stands for, of a job as it was listed; undefined: not all of it is known. */
export function expandJobPattern(pattern: string, job: PatternJob): string | undefined {
  const { own, base, index, name, workDir } = job;
  // Of a task that waits, or of which only its index is known, the own number is not known.
  const needsOwn = index !== undefined && own === undefined && /%\d*[jJ]/.test(pattern.replaceAll('%%', ''));
  const jobId = own ?? (needsOwn ? undefined : base);
  if (jobId === undefined) return undefined;
  const array = index === undefined ? {} : { arrayId: base ?? jobId, index };
  const node = firstNode(job);
  return expandPattern(pattern, {
    ...{ jobId, name, workDir },
    ...array,
    ...(node === undefined ? {} : { node }),
  });
}

/** The short name of a job's first node: `n1` of `n[1-3,7].cluster`. */
function firstNode({ nodeList }: PatternJob): string | undefined {
  const [, head = '', inner = ''] = /^([^,[\]]+)(?:\[(\w+))?/.exec(nodeList ?? '') ?? [];
  return head === '' ? undefined : (head + inner).replace(/\..*$/s, '');
}

/** A text as a pattern that stands for it. */
export const literalPattern = (text: string): string => text.replaceAll('%', '%%');

/** What is known of a job as it is submitted. */
export interface SubmissionFacts {
  readonly name: string;
  /** Undefined: not known. */
  readonly user: string | undefined;
  /** Where it runs; may be relative to what is not known. */
  readonly folder: string;
}

/**
 * The pattern of a job's output as it can be found again later, whatever the job is called then: absolute where its folder
 * is, with its name and its user in it.
 */
export function absolutePattern(pattern: string, { name, user, folder }: SubmissionFacts): string {
  const isLiteral = pattern.includes('\\');
  // A backslash would switch off what a pattern stands for.
  const fits = (text: string | undefined): text is string => text !== undefined && !text.includes('\\');
  const filled = isLiteral
    ? pattern
    : pattern.replaceAll(hole, (whole, _width, letter: string) => {
        const text = letter === 'x' ? name : letter === 'u' ? user : undefined;
        return fits(text) ? literalPattern(text) : whole;
      });
  if (posix.isAbsolute(filled) || !posix.isAbsolute(folder) || !fits(folder)) return filled;
  return posix.join(isLiteral ? folder : literalPattern(folder), '/') + filled;
}

/** Other letters stay as they are; what 22.05 and 26.05 take differently (`%1%`, a last `%`) is not known. */
const hole = /%(\d*)([AabJjNnstux%]|$)/g;

function expand(pattern: string, facts: PatternFacts): string | undefined {
  // One backslash anywhere switches all substitution off, and goes itself.
  if (pattern.includes('\\')) return pattern.replaceAll('\\', '');
  const values = [...pattern.matchAll(hole)].map((match) => valueOf(match, facts));
  if (values.includes(undefined)) return undefined;
  let next = 0;
  return pattern.replaceAll(hole, () => values[next++] ?? '');
}

/** Numbers are filled up with zeros to the width, ten places at most; texts are not. Undefined: not known. */
function valueOf([whole, width = '', letter = '']: RegExpExecArray, facts: PatternFacts): string | undefined {
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
      // Of a batch script, which runs once, on the first node.
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
