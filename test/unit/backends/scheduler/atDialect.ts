import type { DialectFactory } from '../../../../src/backends/scheduler/dialect.js';
import type { SchedulerJob } from '../../../../src/backends/scheduler/jobs/schedulerJob.js';
import { recordedLogName, toCancelArgv } from '../../../../src/backends/scheduler/submit/recordingBatch.js';
import { findBatchPath } from '../../../../src/backends/scheduler/submit/submission.js';
import { quoteWord } from '../../../../src/remote/quoting.js';

/** The smallest dialect: `at`, which has no accounting, no names, no holds, and no logs. */
export const atDialect: DialectFactory = {
  commands: {
    title: 'at',
    failures: { kinds: [['gone', /cannot find jobid/i]], prefixes: [/^at: /], isNoise: () => false },
  },
  create: () => ({
    capabilities: { kinds: ['script', 'bundle'], args: true, env: true },
    queue: {
      argv: ['atq'],
      read: readQueue,
      details: {
        argv: (id) => ['at', '-c', id],
        read: (output) => ({ command: findBatchPath(output) }),
      },
    },
    view: { queueLabel: 'Queue' },
    submit: {
      program: 'at',
      toSubmission: ({ paths: place, request: { name, args } }) =>
        Promise.resolve({
          argv: ['at', 'now'],
          input: `${['sh', place.script, ...args].map(quoteWord).join(' ')}\n`,
          name,
          output: `${place.folder}/${recordedLogName}`,
          error: undefined,
        }),
      parseResponse: ({ errors }) => {
        const id = /^job (\d+) at /m.exec(errors)?.[1];
        return id === undefined ? undefined : { id, cluster: undefined, isUnsure: false, isAlone: true };
      },
      parseRefusal: ({ errors }) =>
        /^at: .*(?:not have permission|garbled)/im.test(errors) ? 'certain' : undefined,
    },
    control: { cancel: (id, job) => toCancelArgv(['atrm', id], job) },
  }),
};

/** `7\tTue Dec  1 00:30:00 2026 a ada`; the queue of a running job is `=`. */
function* readQueue(output: string): Generator<SchedulerJob | string> {
  for (const line of output.split('\n').filter((one) => one !== '')) {
    const [, id, time = '', queue = ''] = /^(\d{1,10})\t(.+) ([A-Za-z=]) \S+$/.exec(line) ?? [];
    if (id === undefined) yield `atq: ${line}`;
    else
      yield {
        id,
        own: Number(id),
        name: '',
        state: queue === '=' ? { kind: 'running', word: '=' } : { kind: 'queued', word: queue },
        partition: queue,
        workDir: '',
        isQueued: true,
        row: { id, time, queue },
      };
  }
}
