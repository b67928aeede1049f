import type { ExitStatus } from '../../core/domain/job.js';
import { fieldSeparator, formatMalformed, parseCount, toNonEmpty } from './fields.js';
import { parseExit } from './states.js';
import { parseTime, formatTime, type TimeSpan } from '../scheduler/times.js';

/** A record of the accounting: a job, a task of an array, or tasks that share a row. Undefined: unknown. */
export interface AccountRow {
  /** The number of this record: `37`, which can be the task `36_2`. */
  readonly own: number;
  /** As Slurm shows it: `36`, `36_2`, `36_[5-9]`, `36+1`. */
  readonly shown: string;
  /** Slurm's long state; `CANCELLED by 1000` names the user. */
  readonly state: string;
  readonly exit: ExitStatus | undefined;
  /** The highest code of its steps. */
  readonly derivedExit: ExitStatus | undefined;
  readonly reason: string | undefined;
  readonly partition: string;
  readonly submitted: Date | undefined;
  readonly start: Date | undefined;
  readonly end: Date | undefined;
  readonly usedMs: number | undefined;
  readonly limit: TimeSpan | undefined;
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
export interface SacctQuery {
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
export const toSacctArgs = ({ ids, since, user }: SacctQuery): readonly string[] => [
  ...['sacct', '-X', '-P', '-n', '--noconvert', `--delimiter=${fieldSeparator}`],
  ...(since ? ['-S', formatTime(since)] : []),
  ...(user === undefined ? [] : ['-u', user]),
  ...(ids ? ['-j', ids.join(',')] : []),
  ...['-o', columns.join(',')],
];

/**
 * Parses the output of sacct with {@link toSacctArgs}, record by record since it can be long: rows, and texts about
 * unreadable parts. A truncated record counts as unreadable.
 */
export function* parseSacct(text: string): Generator<AccountRow | string> {
  const lines = text.split('\n');
  // A line without a line ending was truncated, even if it looks complete.
  const cut = lines.pop() ?? '';
  for (let at = 0; at < lines.length;) {
    const { row, used } = parseRecord(lines, at);
    const line = lines[at] ?? '';
    if (row) yield row;
    else if (line.trim() !== '' && !isStep(line)) yield `sacct: ${formatMalformed(line)}`;
    at += used;
  }
  if (cut !== '') yield `sacct: ${formatMalformed(cut)}`;
}

/** The maximum number of lines in a record. */
const maxRecordLines = 64;

function parseRecord(
  lines: readonly string[],
  at: number,
): { readonly row: AccountRow | undefined; readonly used: number } {
  const own = getFirstField(lines[at] ?? '');
  if (!/^\d+$/.test(own)) return { row: undefined, used: 1 };
  const end = `${fieldSeparator}${own}`;
  for (let used = 1; used <= maxRecordLines && at + used <= lines.length; used++) {
    // The last line of a record identifies its end at little cost.
    if (!lines[at + used - 1]?.endsWith(end)) continue;
    const row = parseRow(lines.slice(at, at + used).join('\n'));
    if (row) return { row, used };
  }
  return { row: undefined, used: 1 };
}

/** A step has the job's number and its own name: `36.batch`. */
const isStep = (line: string): boolean => /^\d+\.\w+$/.test(getFirstField(line));

const getFirstField = (line: string): string => line.slice(0, Math.max(0, line.indexOf(fieldSeparator)));

function parseRow(record: string): AccountRow | undefined {
  const fields = record.split(fieldSeparator);
  const [own = '', shown = '', state = '', exit = '', derived = '', reason = '', partition = ''] = fields;
  if (fields.length < columns.length || fields.at(-1) !== own) return undefined;
  if (!/^\d+$/.test(own) || state === '') return undefined;
  const [submitted = '', start = '', end = '', elapsed = '', limit = ''] = fields.slice(7, 12);
  const [cpus = '', memory = '', nodes = '', nodeList = '', account = '', qos = ''] = fields.slice(12, 18);
  return {
    own: Number(own),
    shown,
    state,
    exit: parseExit(exit),
    derivedExit: parseExit(derived),
    reason: toNonEmpty(reason),
    partition,
    submitted: parseTime(submitted),
    start: parseTime(start),
    end: parseTime(end),
    usedMs: /^\d+$/.test(elapsed) ? Number(elapsed) * 1000 : undefined,
    limit: parseLimit(limit),
    cpus: parseCount(cpus),
    // Up to 20.11 a letter follows: `64Mc` per CPU, `64Mn` per node.
    memory: toNonEmpty(memory.replace(/[cn]$/, '')),
    nodes: parseCount(nodes),
    nodeList: toNonEmpty(nodeList),
    account: toNonEmpty(account),
    qos: toNonEmpty(qos),
    workDir: fields[18] ?? '',
    name: fields.slice(19, -1).join(fieldSeparator),
  };
}

/** TimelimitRaw is in minutes. */
function parseLimit(text: string): TimeSpan | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 60_000;
  return /^unlimited$/i.test(text) ? 'unlimited' : undefined;
}
