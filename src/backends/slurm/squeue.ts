import { fieldSeparator, formatGres, formatMalformed, parseCount, parseGres, toNonEmpty } from './fields.js';
import { parseTimeSpan, parseTime, type TimeSpan } from '../scheduler/times.js';

/** A record of squeue: a job, a task of an array, or tasks that share a row. Undefined: unknown. */
export interface QueueRow {
  /** The number of this record: `37`, which can be the task `36_2`. */
  readonly own: number;
  /** As Slurm shows it: `36`, `36_2`, `36_[5-9%4]`, `36+1`. */
  readonly shown: string;
  /** The array's number; the job's own number if it is not an array. */
  readonly base: number;
  /** `2`, or `5-9%4` for tasks that share a row; undefined if it is not an array. */
  readonly index: string | undefined;
  /** Slurm's long state. */
  readonly state: string;
  /** One word: `Priority`. */
  readonly reason: string | undefined;
  /** The reason with all details (`ReqNodeNotAvail, UnavailableNodes:n1`), if it is pending or failed. */
  readonly reasonDetail: string | undefined;
  readonly partition: string;
  readonly usedMs: number | undefined;
  readonly limit: TimeSpan | undefined;
  /** The start; of a pending job, the estimated one. */
  readonly start: Date | undefined;
  /** The end; of an unfinished job, the expected one. */
  readonly end: Date | undefined;
  readonly submitted: Date | undefined;
  readonly nodes: number | undefined;
  readonly cpus: number | undefined;
  /** The requested minimum memory per node or CPU, with unit: `64M`. */
  readonly memory: string | undefined;
  /** Other requested resources per node: `gpu:1`. */
  readonly gres: string | undefined;
  readonly nodeList: string | undefined;
  readonly account: string | undefined;
  readonly qos: string | undefined;
  /** Its unfinished dependencies: `afterok:7(unfulfilled)`. */
  readonly dependency: string | undefined;
  /** Absolute, on the cluster. */
  readonly workDir: string;
  /** The script and its arguments; undefined if it was not submitted as a file. */
  readonly command: string | undefined;
  readonly comment: string | undefined;
  readonly name: string;
}

const recordSeparator = '\u001e';

/**
 * The columns; those with users' own texts last. The number is at both ends: a record is complete if both are
 * present, whatever bytes the texts contain. Source: docs/protocols/slurm.md, 4.1.
 */
const columns = [
  ...['%A', '%i', '%F', '%K', '%T', '%r', '%R'],
  ...['%P', '%M', '%l', '%S', '%e', '%V'],
  ...['%D', '%C', '%m', '%b', '%N', '%a', '%q', '%E'],
  ...['%Z', '%o', '%k', '%j', '%A'],
];

/** For `squeue --noheader --format`; {@link parseSqueue} parses the output. */
export const squeueFormat = recordSeparator + columns.join(fieldSeparator);

/**
 * Parses the output of squeue with {@link squeueFormat}, record by record since it can be long: rows, and texts about
 * unreadable parts. A truncated record counts as unreadable.
 */
export function* parseSqueue(text: string): Generator<QueueRow | string> {
  const pieces = text.split(recordSeparator);
  const before = pieces[0] ?? '';
  if (before.trim() !== '') yield `squeue: ${formatMalformed(before)}`;
  for (let at = 1; at < pieces.length;) {
    const { row, used } = parseRecord(pieces, at);
    yield row ?? `squeue: ${formatMalformed(pieces[at] ?? '')}`;
    at += used;
  }
}

/** The maximum number of pieces in a record: a name can even contain the byte that starts one. */
const maxPieces = 16;

function parseRecord(
  pieces: readonly string[],
  at: number,
): { readonly row: QueueRow | undefined; readonly used: number } {
  let record = pieces[at] ?? '';
  for (let used = 1; used <= maxPieces; used++) {
    const row = parseRow(record);
    if (row) return { row, used };
    const next = pieces[at + used];
    if (next === undefined || parseRow(next)) break;
    record += recordSeparator + next;
  }
  return { row: undefined, used: 1 };
}

function parseRow(record: string): QueueRow | undefined {
  // Most incomplete records are identified by their end, at little cost.
  if (!record.endsWith('\n')) return undefined;
  const fields = record.split(fieldSeparator);
  const [own = '', shown = '', base = '', index = '', state = '', reason = '', detail = ''] = fields;
  const isWhole = fields.length >= columns.length && fields.at(-1) === `${own}\n`;
  if (!isWhole || !/^\d+$/.test(own) || state === '') return undefined;
  return {
    own: Number(own),
    shown,
    base: /^\d+$/.test(base) ? Number(base) : Number(own),
    index: toNonEmpty(index),
    state,
    reason: toNonEmpty(reason),
    reasonDetail: toNonEmpty(/^\(([\s\S]*)\)$/.exec(detail)?.[1] ?? ''),
    ...parseTimes(fields.slice(7, 13)),
    ...parseResources(fields.slice(13, 21)),
    ...parseTexts(fields.slice(21, -1)),
  };
}

type QueueTimes = Pick<QueueRow, 'partition' | 'usedMs' | 'limit' | 'start' | 'end' | 'submitted'>;

function parseTimes([partition = '', used = '', limit = '', ...rest]: readonly string[]): QueueTimes {
  const [start = '', end = '', submitted = ''] = rest;
  const usedMs = parseTimeSpan(used);
  return {
    partition,
    usedMs: usedMs === 'unlimited' ? undefined : usedMs,
    limit: parseTimeSpan(limit),
    start: parseTime(start),
    end: parseTime(end),
    submitted: parseTime(submitted),
  };
}

type RequestedResources = Pick<
  QueueRow,
  'nodes' | 'cpus' | 'memory' | 'gres' | 'nodeList' | 'account' | 'qos' | 'dependency'
>;

function parseResources([
  nodes = '',
  cpus = '',
  memory = '',
  gres = '',
  ...rest
]: readonly string[]): RequestedResources {
  const [nodeList = '', account = '', qos = '', dependency = ''] = rest;
  return {
    nodes: parseCount(nodes),
    cpus: parseCount(cpus),
    memory: toNonEmpty(memory),
    gres: toNonEmpty(formatGres(parseGres(gres))),
    nodeList: toNonEmpty(nodeList),
    account: toNonEmpty(account),
    qos: toNonEmpty(qos),
    dependency: toNonEmpty(dependency),
  };
}

/** If a text contains the separator of fields, the ambiguous part counts as the name. */
const parseTexts = ([workDir = '', command = '', comment = '', ...name]: readonly string[]): Pick<
  QueueRow,
  'workDir' | 'command' | 'comment' | 'name'
> => ({
  workDir,
  command: toNonEmpty(command),
  comment: toNonEmpty(comment),
  name: name.join(fieldSeparator),
});
