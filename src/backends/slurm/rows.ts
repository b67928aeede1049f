import { createRowReader, type Seen } from '../scheduler/jobs/seen.js';
import type { AccountRow } from './sacct.js';
import type { QueueRow } from './squeue.js';
import { stateOf } from './states.js';

/** Creates jobs from the rows of one response. */
export interface SeenReader {
  /** The jobs of a row of squeue. */
  readonly ofQueue: (row: QueueRow) => readonly Seen[];
  /** The jobs of a row of sacct. */
  readonly ofHistory: (row: AccountRow) => readonly Seen[];
}

export function seenReader(): SeenReader {
  const { toJobs } = createRowReader();
  return {
    ofQueue: (row) => toJobs(row.shown, row.own, { ...common(row), ...queued(row), isQueued: true, row }),
    ofHistory: (row) => toJobs(row.shown, row.own, { ...common(row), exit: row.exit, isQueued: false, row }),
  };
}

type Row = QueueRow | AccountRow;

const common = (row: Row): Omit<Seen, 'id' | 'isQueued' | 'row'> => ({
  name: row.name,
  state: stateOf(row.state),
  reason: row.reason,
  partition: row.partition,
  submitted: row.submitted,
  start: row.start,
  end: row.end,
  limit: row.limit,
  nodes: row.nodes,
  cpus: row.cpus,
  memory: row.memory,
  nodeList: row.nodeList,
  account: row.account,
  qos: row.qos,
  workDir: row.workDir,
});

const queued = ({ reasonDetail, gres, dependency, command }: QueueRow): Partial<Seen> => ({
  reasonDetail,
  gres,
  dependency,
  command,
});
