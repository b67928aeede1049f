import { toOneLine } from '../../lib/sanitize.js';
import { fieldSeparator, parseCount, parseGres, type GresItem, type ParsedRows } from './fields.js';
import { parseTimeSpan, type TimeSpan } from '../scheduler/times.js';

/** Counts of a resource: in use, free, unavailable, and total. */
export interface PartitionLoad {
  readonly allocated: number;
  readonly idle: number;
  readonly other: number;
  readonly total: number;
}

/** A partition, over all groups of its nodes. Undefined: unknown. */
export interface SlurmPartition {
  readonly name: string;
  readonly isDefault: boolean;
  /** False if jobs stay pending until it opens (`down`, `drain`, `inact`). */
  readonly isUp: boolean;
  /** The maximum time limit of a job. */
  readonly limit: TimeSpan | undefined;
  /** The default time limit; undefined: {@link limit}. */
  readonly defaultLimit: TimeSpan | undefined;
  readonly nodes: PartitionLoad;
  readonly cpus: PartitionLoad;
  /** Of its largest node. */
  readonly cpusPerNode: number | undefined;
  /** Megabytes of its largest node. */
  readonly memoryMb: number | undefined;
  /** The other resources of its nodes: `count` is the maximum on one node. */
  readonly gres: readonly PartitionGres[];
}

/** A resource of some nodes of a partition. */
export interface PartitionGres extends GresItem {
  /** On all its nodes together. */
  readonly total: number;
}

/** `%P` marks the default partition with a star. Source: docs/protocols/slurm.md, 8. */
const columns = ['%P', '%a', '%l', '%L', '%F', '%C', '%c', '%m', '%G'];

/** The command line; {@link parseSinfo} parses its output: a line for each group of equal nodes. */
export const sinfoArgs: readonly string[] = [
  'sinfo',
  '--noheader',
  `--format=${columns.join(fieldSeparator)}`,
];

/** Parses the output of sinfo with {@link sinfoArgs}: the partitions in its order. */
export function parseSinfo(text: string): ParsedRows<SlurmPartition> {
  const partitions = new Map<string, SlurmPartition>();
  const malformed: string[] = [];
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  for (const line of lines) {
    const group = parseGroup(line);
    if (!group) malformed.push(`sinfo: ${toOneLine(line)}`);
    else {
      const known = partitions.get(group.name);
      partitions.set(group.name, known ? mergePartitions(known, group) : group);
    }
  }
  return { rows: [...partitions.values()], malformed };
}

function parseGroup(line: string): SlurmPartition | undefined {
  const fields = line.split(fieldSeparator).map((field) => field.trim());
  const [starred = '', up = '', limit = '', defaultLimit = '', nodes = '', cpus = ''] = fields;
  const [cpusPerNode = '', memory = '', gres = ''] = fields.slice(6);
  const [nodeLoad, cpuLoad] = [parseLoad(nodes), parseLoad(cpus)];
  if (fields.length !== columns.length || !nodeLoad || !cpuLoad) return undefined;
  const name = starred.replace(/\*$/, '');
  if (name === '') return undefined;
  return {
    name,
    isDefault: starred.endsWith('*'),
    isUp: up === 'up',
    limit: parseTimeSpan(limit),
    defaultLimit: parseTimeSpan(defaultLimit),
    nodes: nodeLoad,
    cpus: cpuLoad,
    cpusPerNode: parseCount(cpusPerNode),
    memoryMb: parseCount(memory),
    gres: parseGres(gres).map((one) => ({ ...one, total: one.count * nodeLoad.total })),
  };
}

/** `4/8/0/12`: allocated, idle, other, total. */
function parseLoad(text: string): PartitionLoad | undefined {
  const [allocated, idle, other, total, ...rest] = text.split('/').map(parseCount);
  if (allocated === undefined || idle === undefined || other === undefined || total === undefined)
    return undefined;
  return rest.length > 0 ? undefined : { allocated, idle, other, total };
}

const mergePartitions = (a: SlurmPartition, b: SlurmPartition): SlurmPartition => ({
  ...a,
  nodes: addLoads(a.nodes, b.nodes),
  cpus: addLoads(a.cpus, b.cpus),
  cpusPerNode: pickLarger(a.cpusPerNode, b.cpusPerNode),
  memoryMb: pickLarger(a.memoryMb, b.memoryMb),
  gres: b.gres.reduce(addGres, a.gres),
});

const addLoads = (a: PartitionLoad, b: PartitionLoad): PartitionLoad => ({
  allocated: a.allocated + b.allocated,
  idle: a.idle + b.idle,
  other: a.other + b.other,
  total: a.total + b.total,
});

const pickLarger = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);

function addGres(list: readonly PartitionGres[], one: PartitionGres): readonly PartitionGres[] {
  const same = list.find(({ name, type }) => name === one.name && type === one.type);
  if (!same) return [...list, one];
  const sum = { ...same, count: Math.max(same.count, one.count), total: same.total + one.total };
  return list.map((other) => (other === same ? sum : other));
}
