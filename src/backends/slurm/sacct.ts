import type { Exit } from '../../core/domain/job.js';
import { fieldMark, malformedText, readCount, told } from './fields.js';
import { readExit } from './states.js';
import { readTime, timeText, type Span } from '../scheduler/times.js';

/** A record of the accounting: a job, a task of an array, or tasks that share a row. Undefined: unknown. */
export interface AccountRow {
  /** The number of this record: `37`, which can be the task `36_2`. */
  readonly own: number;
  /** As Slurm shows it: `36`, `36_2`, `36_[5-9]`, `36+1`. */
  readonly shown: string;
  /** Slurm's long state; `CANCELLED by 1000` names the user. */
  readonly state: string;
  readonly exit: Exit | undefined;
  /** The highest code of its steps. */
  readonly derivedExit: Exit | undefined;
  readonly reason: string | undefined;
  readonly partition: string;
  readonly submitted: Date | undefined;
  readonly start: Date | undefined;
  readonly end: Date | undefined;
  readonly usedMs: number | undefined;
  readonly limit: Span | undefined;
  readonly cpus: number | undefined;
  /** With unit, per node or CPU: `64M`. */
  readonly memory: string | undefined;
  readonly nodes: number | undefined;
  readonly nodeList: string | undefined;
  readonly account: string | undefined;
  readonly qos: string | undefined;
  readonly workDir: string;
  readonly name: string;
}

/**
 * As in {@link squeueFormat}, the number is at both ends; line breaks in a name cannot be mistaken for those between
 * records.
 */
const columns = [
  ...['JobIDRaw', 'JobID', 'State', 'ExitCode', 'DerivedExitCode', 'Reason', 'Partition'],
  ...['Submit', 'Start', 'End', 'ElapsedRaw', 'TimelimitRaw'],
  ...['AllocCPUS', 'ReqMem', 'NNodes', 'NodeList', 'Account', 'QOS'],
  ...['WorkDir', 'JobName', 'JobIDRaw'],
];

/** The records to list; by default those of today. */
export interface History {
  /** These jobs (`36`, `36_2`), whenever they ran. */
  readonly ids?: readonly string[];
  /** Those that existed at or after this time. */
  readonly since?: Date;
  /** Needed by administrators, who otherwise see all users' jobs. */
  readonly user?: string;
}

/**
 * The command line with one row for each job; {@link readSacct} parses its output. Source: docs/protocols/slurm.md,
 * 5.
 */
export const sacctArgs = ({ ids, since, user }: History): readonly string[] => [
  ...['sacct', '-X', '-P', '-n', '--noconvert', `--delimiter=${fieldMark}`],
  ...(since ? ['-S', timeText(since)] : []),
  ...(user === undefined ? [] : ['-u', user]),
  ...(ids ? ['-j', ids.join(',')] : []),
  ...['-o', columns.join(',')],
];

/**
 * Parses the output of sacct with {@link sacctArgs}, record by record since it can be long: rows, and texts about
 * unreadable parts. A truncated record counts as unreadable.
 */
export function* sacctRecords(text: string): Generator<AccountRow | string> {
  const lines = text.split('\n');
  // A line without a line ending was truncated, even if it looks complete.
  const cut = lines.pop() ?? '';
  for (let at = 0; at < lines.length;) {
    const { row, used } = readRecord(lines, at);
    const line = lines[at] ?? '';
    if (row) yield row;
    else if (line.trim() !== '' && !isStep(line)) yield `sacct: ${malformedText(line)}`;
    at += used;
  }
  if (cut !== '') yield `sacct: ${malformedText(cut)}`;
}

/** The maximum number of lines in a record. */
const mostLines = 64;

function readRecord(
  lines: readonly string[],
  at: number,
): { readonly row: AccountRow | undefined; readonly used: number } {
  const own = firstField(lines[at] ?? '');
  if (!/^\d+$/.test(own)) return { row: undefined, used: 1 };
  const end = `${fieldMark}${own}`;
  for (let used = 1; used <= mostLines && at + used <= lines.length; used++) {
    // The last line of a record identifies its end at little cost.
    if (!lines[at + used - 1]?.endsWith(end)) continue;
    const row = readRow(lines.slice(at, at + used).join('\n'));
    if (row) return { row, used };
  }
  return { row: undefined, used: 1 };
}

/** A step has the job's number and its own name: `36.batch`. */
const isStep = (line: string): boolean => /^\d+\.\w+$/.test(firstField(line));

const firstField = (line: string): string => line.slice(0, Math.max(0, line.indexOf(fieldMark)));

function readRow(record: string): AccountRow | undefined {
  const fields = record.split(fieldMark);
  const [own = '', shown = '', state = '', exit = '', derived = '', reason = '', partition = ''] = fields;
  if (fields.length < columns.length || fields.at(-1) !== own) return undefined;
  if (!/^\d+$/.test(own) || state === '') return undefined;
  const [submitted = '', start = '', end = '', elapsed = '', limit = ''] = fields.slice(7, 12);
  const [cpus = '', memory = '', nodes = '', nodeList = '', account = '', qos = ''] = fields.slice(12, 18);
  return {
    own: Number(own),
    shown,
    state,
    exit: readExit(exit),
    derivedExit: readExit(derived),
    reason: told(reason),
    partition,
    submitted: readTime(submitted),
    start: readTime(start),
    end: readTime(end),
    usedMs: /^\d+$/.test(elapsed) ? Number(elapsed) * 1000 : undefined,
    limit: limitOf(limit),
    cpus: readCount(cpus),
    // Up to 20.11 a letter follows: `64Mc` per CPU, `64Mn` per node.
    memory: told(memory.replace(/[cn]$/, '')),
    nodes: readCount(nodes),
    nodeList: told(nodeList),
    account: told(account),
    qos: told(qos),
    workDir: fields[18] ?? '',
    name: fields.slice(19, -1).join(fieldMark),
  };
}

/** TimelimitRaw is in minutes. */
function limitOf(text: string): Span | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 60_000;
  return /^unlimited$/i.test(text) ? 'unlimited' : undefined;
}
