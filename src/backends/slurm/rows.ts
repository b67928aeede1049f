import { createRowReader, type SchedulerJob } from '../scheduler/jobs/schedulerJob.js';
import type { AccountRow } from './sacct.js';
import type { QueueRow } from './squeue.js';
import { toJobState } from './states.js';

/** Creates jobs from the rows of one response. */
export interface SlurmRowReader {
  /** The jobs of a row of squeue. */
  readonly fromQueue: (row: QueueRow) => readonly SchedulerJob[];
  /** The jobs of a row of sacct. */
  readonly fromHistory: (row: AccountRow) => readonly SchedulerJob[];
}

export function createSlurmRowReader(): SlurmRowReader {
  const { toJobs } = createRowReader();
  return {
    fromQueue: (row) =>
      toJobs(row.shown, row.own, { ...toCommonFields(row), ...toQueueFields(row), isQueued: true, row }),
    fromHistory: (row) =>
      toJobs(row.shown, row.own, { ...toCommonFields(row), exit: row.exit, isQueued: false, row }),
  };
}

type SlurmRow = QueueRow | AccountRow;

const toCommonFields = (row: SlurmRow): Omit<SchedulerJob, 'id' | 'isQueued' | 'row'> => ({
  name: row.name,
  state: toJobState(row.state),
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

const toQueueFields = ({ reasonDetail, gres, dependency, command }: QueueRow): Partial<SchedulerJob> => ({
  reasonDetail,
  gres,
  dependency,
  command,
});
