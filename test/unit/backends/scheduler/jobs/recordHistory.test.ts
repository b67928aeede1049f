import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRecordHistory, writeJobId } from '../../../../../src/backends/scheduler/jobs/recordHistory.js';
import type { JobHistory } from '../../../../../src/backends/scheduler/jobs/jobHistory.js';
import type { SchedulerJob } from '../../../../../src/backends/scheduler/jobs/schedulerJob.js';
import { JobError } from '../../../../../src/core/domain/problem.js';
import type { Host } from '../../../../../src/remote/host.js';
import { fakeClock } from '../../../../fakes/clock.js';
import { filesOf, inTemp, never, remote } from '../../../remote/doubles.js';

const historyOf = (root: string, connection = 'at-1', host: Host = remote()): JobHistory =>
  createRecordHistory({ files: filesOf(host), root, connection, days: () => 7, clock: fakeClock() });

/** A job's folder, and the files that its wrapper has written to it. */
async function lay(root: string, name: string, id: string, records: Readonly<Record<string, string>> = {}) {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  const job = { id, name: `job ${id}`, connection: 'at-1' };
  await writeJobId(filesOf(remote()), folder, job, never);
  for (const [file, text] of Object.entries(records)) writeFileSync(join(folder, file), text);
}

const folderOf = (day: number, number: number): string =>
  `202603${String(day).padStart(2, '0')}-101112-0000000${String(number)}`;
const started = 'started 1772705472 4711 n1\n';
const words = (all: readonly SchedulerJob[] | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries((all ?? []).map(({ id, state }) => [id, state.word]));

describe('the records that jobs write to their folders', () => {
  it('contain when a job ran and how it finished', () =>
    inTemp(async (root) => {
      await lay(root, folderOf(5, 1), '7', { '.started': started, '.ended': 'ended 143 1772705499\n' });
      const [job, ...others] = (await historyOf(root).listRecent(never)) ?? [];
      assert.deepEqual(others, []);
      assert.deepEqual(
        { ...job, row: undefined, workDir: undefined, command: undefined },
        {
          ...{ id: '7', own: 7, name: 'job 7', partition: '', isQueued: false, nodeList: 'n1' },
          state: { kind: 'ended', word: 'FAILED', outcome: 'failed' },
          submitted: new Date('2026-03-05T10:11:12Z'),
          start: new Date(1_772_705_472_000),
          end: new Date(1_772_705_499_000),
          exit: { signal: 'SIGTERM' },
          ...{ row: undefined, workDir: undefined, command: undefined },
        },
      );
      assert.match(job?.command ?? '', /\/20260305-101112-00000001\/job\.sh$/);
    }));

  it('contain jobs that have not started or finished, and skip everything that is not a job', () =>
    inTemp(async (root) => {
      await lay(root, folderOf(5, 1), '7');
      await lay(root, folderOf(5, 2), '8', { '.started': started });
      await lay(root, folderOf(5, 3), '9', { '.started': started, '.ended': 'ended 0 1772705499\n' });
      await lay(root, folderOf(5, 4), 'x');
      await lay(root, 'other', '10');
      mkdirSync(join(root, folderOf(5, 5)));
      assert.deepEqual(words(await historyOf(root).listRecent(never)), {
        '7': 'PENDING',
        '8': 'RUNNING',
        '9': 'COMPLETED',
      });
    }));

  it('are limited to one connection, to the last days, or to the requested jobs', () =>
    inTemp(async (root) => {
      await lay(root, folderOf(1, 1), '7');
      await lay(root, folderOf(2, 2), '8');
      await lay(join(root, 'old'), folderOf(5, 3), '9');
      const history = historyOf(root);
      const old = { of: history.listByIds(['7'], never), recent: history.listRecent(never) };
      assert.deepEqual(words(await old.of), { '7': 'PENDING' });
      assert.deepEqual(Object.keys(words(await old.recent)).sort(), ['7', '8']);
      assert.deepEqual(await historyOf(root, 'at-2').listRecent(never), []);
      await lay(root, '20260210-101112-00000009', '6');
      assert.deepEqual(Object.keys(words(await history.listRecent(never))).sort(), ['7', '8']);
      assert.deepEqual(words(await history.listByIds(['6'], never)), { '6': 'PENDING' });
    }));

  it('are unknown if the host does not respond, and empty if there is no folder yet', async () => {
    const error = new JobError({ kind: 'offline', place: 'Alpha', why: 'gone' });
    const away: Host = { ...remote(), start: () => Promise.reject(error) };
    assert.equal(await historyOf('/nowhere', 'at-1', away).listRecent(never), undefined);
    assert.deepEqual(await historyOf('/nowhere').listRecent(never), []);
  });
});
