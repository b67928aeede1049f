import { Readable, Writable } from 'node:stream';
import type { SchedulerDialect } from '../../../../src/backends/scheduler/dialect.js';
import { slurmDialect } from '../../../../src/backends/slurm/dialect.js';
import { keptLog } from '../../remote/doubles.js';
import type { SchedulerCalls } from '../../../../src/backends/scheduler/schedulerCalls.js';
import { createSlurmCalls } from '../../../../src/backends/slurm/slurmCommands.js';
import { createSlurmView } from '../../../../src/backends/slurm/reasons.js';
import { fieldSeparator, type ParsedRows } from '../../../../src/backends/slurm/fields.js';
import type { SchedulerJob } from '../../../../src/backends/scheduler/jobs/schedulerJob.js';
import { createSlurmRowReader } from '../../../../src/backends/slurm/rows.js';
import { parseSacct, type AccountRow } from '../../../../src/backends/slurm/sacct.js';
import { parseSqueue, type QueueRow } from '../../../../src/backends/slurm/squeue.js';
import { groupArrays, toJob, type JobViewContext } from '../../../../src/backends/scheduler/jobs/jobView.js';
import type { HostCommand, Host } from '../../../../src/remote/host.js';
import type { Job } from '../../../../src/core/domain/job.js';
import { fakeClock, type FakeClock } from '../../../fakes/clock.js';
import { formatted } from './recorded.js';

/** The output of a cluster's program; an error: the connection failed. */
export type Answer = { readonly output?: string; readonly errors?: string; readonly code?: number } | Error;

/** A host whose programs return a test's output, and record all calls. */
export interface FakeHost extends Host {
  readonly asked: HostCommand[];
  /** The command lines, words separated by spaces. */
  readonly lines: () => readonly string[];
  /** The number of calls of a program. */
  readonly count: (program: string) => number;
}

/** @param answer - the output for a command; undefined: no output and exit code 0. */
export function fakeHost(
  answer: (argv: readonly string[], input: string) => Answer | undefined | Promise<Answer | undefined>,
): FakeHost {
  const asked: HostCommand[] = [];
  return {
    name: 'alpha',
    isRemote: true,
    asked,
    lines: () => asked.map(({ argv }) => argv.join(' ')),
    count: (program) => asked.filter(({ argv }) => argv[0] === program).length,
    start: async (command, signal) => {
      signal.throwIfAborted();
      asked.push(command);
      const parts: string[] = [];
      const input = new Writable({
        write: (part: Buffer, _, done) => {
          parts.push(part.toString());
          done();
        },
      });
      const sent = new Promise((resolve) => input.once('close', resolve));
      const stopped = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(new DOMException('Aborted', 'AbortError')), {
          once: true,
        });
      });
      const said = Promise.race([sent.then(() => answer(command.argv, parts.join(''))), stopped]);
      const output = Readable.from(
        (async function* () {
          const told = await said;
          if (told instanceof Error) throw told;
          yield Buffer.from(told?.output ?? '');
        })(),
      );
      const end = said.then((told) => {
        if (told instanceof Error) throw told;
        return { code: told?.code ?? 0, errors: told?.errors ?? '' };
      });
      end.catch(() => undefined);
      return { input, output, end };
    },
  };
}

/** Calls of Slurm's programs on a fake host, with a stopped clock. */
export const callsOn = (host: Host, clock: FakeClock = fakeClock()): SchedulerCalls =>
  createSlurmCalls({ host, place: 'Slurm', bin: '', clock });

/** Slurm's dialect with its programs on a fake host. */
export const slurmDialectOn = (host: Host, clock: FakeClock = fakeClock()): SchedulerDialect =>
  slurmDialect.create({
    calls: callsOn(host, clock),
    settings: {},
    historyDays: () => 7,
    clock,
    log: keptLog().log,
  });

const letters = {
  ...{ A: '36', i: '36', F: '36', K: 'N/A', T: 'RUNNING', r: 'None', R: 'n1', P: 'debug', M: '0:06' },
  ...{ l: '10:00', S: '2026-03-05T11:00:00', e: '2026-03-05T11:10:00', V: '2026-03-05T10:59:00', D: '1' },
  ...{ C: '2', m: '64M', b: 'N/A', N: 'n1', a: 'lab', q: 'normal', E: '(null)' },
  ...{ Z: '/home/al', o: '/home/al/fit.sh 7', k: '(null)', j: 'fit' },
};
/** The fields of squeue by letter, with the changes for a running job. */
export type Letters = Partial<Record<keyof typeof letters, string>>;

/** A line of squeue. */
export const queueLine = (change: Letters = {}): string => {
  const id = change.A ?? change.i ?? letters.A;
  const values = new Map(Object.entries({ ...letters, A: id, i: id, F: id, ...change }));
  return formatted((letter) => values.get(letter) ?? '');
};

/** A task of the array 36. */
export const taskLine = (index: string, change: Letters = {}): string =>
  queueLine({ A: '37', i: `36_${index}`, F: '36', K: index, ...change });

/** A complete squeue response. */
export const readSqueue = (text: string): ParsedRows<QueueRow> => rowsOf([...parseSqueue(text)]);

/** A complete sacct response. */
export const readSacct = (text: string): ParsedRows<AccountRow> => rowsOf([...parseSacct(text)]);

function rowsOf<T extends object>(read: readonly (T | string)[]): ParsedRows<T> {
  return {
    rows: read.filter((one) => typeof one !== 'string'),
    malformed: read.filter((one) => typeof one === 'string'),
  };
}

/** All records as the jobs of a list. */
export function toJobs(all: readonly SchedulerJob[], telling: Omit<JobViewContext, 'view'>): readonly Job[] {
  const view = createSlurmView();
  return groupArrays(all.map((seen) => toJob(seen, { ...telling, view })));
}

/** A job as squeue reports it. */
export const queued = (...lines: readonly string[]): readonly SchedulerJob[] =>
  readSqueue(lines.join('')).rows.flatMap(createSlurmRowReader().fromQueue);

const columns = {
  ...{
    own: '36',
    shown: '36',
    state: 'FAILED',
    exit: '3:0',
    derived: '0:0',
    reason: 'None',
    partition: 'debug',
  },
  ...{ submit: '2026-03-05T10:59:00', start: '2026-03-05T11:00:00', end: '2026-03-05T11:10:00' },
  ...{ elapsed: '600', limit: '10', cpus: '2', memory: '64M', nodes: '1', nodeList: 'n1', account: 'lab' },
  ...{ qos: 'normal', workDir: '/home/al', name: 'fit' },
};

/** A line of sacct for a failed job. */
export function accountLine(change: Partial<typeof columns> = {}): string {
  const all = { ...columns, ...change };
  const row = { ...all, shown: change.shown ?? all.own };
  return `${[...Object.values(row), row.own].join(fieldSeparator)}\n`;
}

/** A job as sacct reports it. */
export const accounted = (...lines: readonly string[]): readonly SchedulerJob[] =>
  readSacct(lines.join('')).rows.flatMap(createSlurmRowReader().fromHistory);
