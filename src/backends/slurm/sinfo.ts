import { oneLine } from '../../lib/printable.js';
import { fieldMark, readCount, readGres, type Gres, type Rows } from './fields.js';
import { readSpan, type Span } from '../scheduler/times.js';

/** Counts of a resource: in use, free, unavailable, and total. */
export interface Load {
  readonly allocated: number;
  readonly idle: number;
  readonly other: number;
  readonly total: number;
}

/** A partition, over all groups of its nodes. Undefined: unknown. */
export interface Partition {
  readonly name: string;
  readonly isDefault: boolean;
  /** False if jobs stay pending until it opens (`down`, `drain`, `inact`). */
  readonly isUp: boolean;
  /** The maximum time limit of a job. */
  readonly limit: Span | undefined;
  /** The default time limit; undefined: {@link limit}. */
  readonly defaultLimit: Span | undefined;
  readonly nodes: Load;
  readonly cpus: Load;
  /** Of its largest node. */
  readonly cpusPerNode: number | undefined;
  /** Megabytes of its largest node. */
  readonly memoryMb: number | undefined;
  /** The other resources of its nodes: `count` is the maximum on one node. */
  readonly gres: readonly PartitionGres[];
}

/** A resource of some nodes of a partition. */
export interface PartitionGres extends Gres {
  /** On all its nodes together. */
  readonly total: number;
}

/** `%P` marks the default partition with a star. Source: docs/protocols/slurm.md, 8. */
const columns = ['%P', '%a', '%l', '%L', '%F', '%C', '%c', '%m', '%G'];

/** The command line; {@link readSinfo} parses its output: a line for each group of equal nodes. */
export const sinfoArgs: readonly string[] = ['sinfo', '--noheader', `--format=${columns.join(fieldMark)}`];

/** Parses the output of sinfo with {@link sinfoArgs}: the partitions in its order. */
export function readSinfo(text: string): Rows<Partition> {
  const partitions = new Map<string, Partition>();
  const malformed: string[] = [];
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  for (const line of lines) {
    const group = readGroup(line);
    if (!group) malformed.push(`sinfo: ${oneLine(line)}`);
    else {
      const known = partitions.get(group.name);
      partitions.set(group.name, known ? merged(known, group) : group);
    }
  }
  return { rows: [...partitions.values()], malformed };
}

function readGroup(line: string): Partition | undefined {
  const fields = line.split(fieldMark).map((field) => field.trim());
  const [starred = '', up = '', limit = '', defaultLimit = '', nodes = '', cpus = ''] = fields;
  const [cpusPerNode = '', memory = '', gres = ''] = fields.slice(6);
  const [nodeLoad, cpuLoad] = [readLoad(nodes), readLoad(cpus)];
  if (fields.length !== columns.length || !nodeLoad || !cpuLoad) return undefined;
  const name = starred.replace(/\*$/, '');
  if (name === '') return undefined;
  return {
    name,
    isDefault: starred.endsWith('*'),
    isUp: up === 'up',
    limit: readSpan(limit),
    defaultLimit: readSpan(defaultLimit),
    nodes: nodeLoad,
    cpus: cpuLoad,
    cpusPerNode: readCount(cpusPerNode),
    memoryMb: readCount(memory),
    gres: readGres(gres).map((one) => ({ ...one, total: one.count * nodeLoad.total })),
  };
}

/** `4/8/0/12`: allocated, idle, other, total. */
function readLoad(text: string): Load | undefined {
  const [allocated, idle, other, total, ...rest] = text.split('/').map(readCount);
  if (allocated === undefined || idle === undefined || other === undefined || total === undefined)
    return undefined;
  return rest.length > 0 ? undefined : { allocated, idle, other, total };
}

const merged = (a: Partition, b: Partition): Partition => ({
  ...a,
  nodes: added(a.nodes, b.nodes),
  cpus: added(a.cpus, b.cpus),
  cpusPerNode: larger(a.cpusPerNode, b.cpusPerNode),
  memoryMb: larger(a.memoryMb, b.memoryMb),
  gres: b.gres.reduce(withGres, a.gres),
});

const added = (a: Load, b: Load): Load => ({
  allocated: a.allocated + b.allocated,
  idle: a.idle + b.idle,
  other: a.other + b.other,
  total: a.total + b.total,
});

const larger = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);

function withGres(list: readonly PartitionGres[], one: PartitionGres): readonly PartitionGres[] {
  const same = list.find(({ name, type }) => name === one.name && type === one.type);
  if (!same) return [...list, one];
  const sum = { ...same, count: Math.max(same.count, one.count), total: same.total + one.total };
  return list.map((other) => (other === same ? sum : other));
}
