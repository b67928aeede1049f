import assert from 'node:assert/strict';
import { createJobFiles, type JobLocation } from '../../../../src/backends/scheduler/jobFiles.js';
import { toJobId } from '../../../../src/core/domain/job.js';
import { filesOf, never, problemOf } from '../../remote/doubles.js';
import { slurmLogs } from '../../../../src/backends/slurm/dialect.js';
import { callsOn, fakeHost, slurmDialectOn, type FakeHost } from '../slurm/world.js';

const filesWith = (host: FakeHost, place: JobLocation) =>
  createJobFiles({
    files: filesOf(host),
    calls: callsOn(host),
    scripts: slurmDialectOn(host).script,
    isLog: slurmLogs.isLog,
    markSeen: () => Promise.resolve(),
    findLocation: () => Promise.resolve(place),
  });

const filesIn = (output: string) =>
  filesWith(
    fakeHost(() => ({ output })),
    { folder: '/r/j', name: 'fit', script: undefined },
  ).list(toJobId('36'), never);

describe('the files of a job on a cluster', () => {
  it('are all listed, regardless of their number', async () => {
    const entries = Array.from({ length: 100_000 }, (_, at) => `1 1700000000.0 work/out/${String(at)}\0`);
    const found = await filesIn(entries.join(''));
    assert.equal(found.length, 100_000);
    assert.equal(new Set(found.map(({ name }) => name)).size, 100_000);
  });

  it('are rejected instead of truncated if the response is too long', async () => {
    const name = 'n'.repeat(250);
    const entries = Array.from({ length: 260_000 }, (_, at) => `1 1700000000.0 work/${name}${String(at)}\0`);
    const problem = await problemOf(filesIn(entries.join('')));
    assert.equal(problem.kind, 'badAnswer');
  });
});

describe('a job that was submitted by hand', () => {
  const place: JobLocation = {
    ...{ workDir: '/home/al/run', name: 'fit', id: '36_2', script: 'fit.sh' },
    start: new Date('2026-03-05T11:00:00Z'),
    end: new Date('2026-03-05T12:00:00Z'),
  };

  it('has the files that were written during its run, below its working directory', async () => {
    const host = fakeHost(() => ({ output: '3 1772708401.5 out/a.csv\u00004 1772708402.5 slurm-36.out\0' }));
    const files = filesWith(host, place);
    const found = await files.list(toJobId('36_2'), never);
    assert.deepEqual(found, [
      { name: 'out/a.csv', kind: 'output', bytes: 3 },
      { name: 'slurm-36.out', kind: 'log', bytes: 4 },
    ]);
    assert.deepEqual(host.asked[0]?.argv.slice(4), ['/home/al/run', '1772708399', '1772712120']);
    const [file] = found;
    const reading = files.read(toJobId('36_2'), file ?? assert.fail(), never)[Symbol.asyncIterator]();
    await reading.next().catch(() => undefined);
    assert.equal(host.asked[1]?.argv[4], '/home/al/run/out/a.csv');
  });

  it('has no files before it starts', async () => {
    const host = fakeHost(() => undefined);
    assert.deepEqual(await filesWith(host, { ...place, start: undefined }).list(toJobId('36_2'), never), []);
    assert.equal(host.asked.length, 0);
  });

  it('has the script that the controller stores, and reports if it was purged', async () => {
    const host = fakeHost(() => ({ output: '#!/bin/sh\necho hi\n' }));
    assert.deepEqual(await filesWith(host, place).readScript(toJobId('36_2'), never), {
      name: 'fit.sh',
      text: '#!/bin/sh\necho hi\n',
    });
    assert.deepEqual(host.lines(), ['scontrol write batch_script 36_2 -']);
    for (const answer of [
      {},
      { code: 1, errors: 'job script retrieval failed: Invalid job id specified\n' },
    ]) {
      const problem = await problemOf(
        filesWith(
          fakeHost(() => answer),
          place,
        ).readScript(toJobId('36_2'), never),
      );
      assert.ok(problem.kind === 'refused' && /no longer has the script of fit/.test(problem.words));
    }
  });
});
