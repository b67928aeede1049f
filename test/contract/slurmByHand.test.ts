import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toJobId, type JobId } from '../../src/core/domain/job.js';
import { cluster, type Cluster } from '../engines/cluster.js';
import { sentenceOf, sh, watched, type Watched } from './slurmFaults.js';
import { ended, isProblem, linesOf, never, submit, until, wholeLog } from './subject.js';
import { listFiles, listJobs } from '../fakes/backendCalls.js';

const patienceMs = 30_000;

describe('Slurm jobs submitted by hand', () => {
  let slurm: Cluster;
  let to: Watched;
  let folder: string;
  before(async function () {
    this.timeout(120_000);
    slurm = await cluster('accounting');
  });
  beforeEach(async () => {
    to = await watched(slurm.env);
    folder = mkdtempSync(join(tmpdir(), 'bj-by-hand-'));
    writeFileSync(join(folder, 'before.txt'), 'old');
    await new Promise((resolve) => setTimeout(resolve, 2_100));
  });
  afterEach(async () => {
    await to.end();
    rmSync(folder, { recursive: true, force: true });
  });

  const text =
    '#!/bin/bash\necho made > out.txt\nmkdir -p sub .hidden\necho more > sub/b.txt\necho no > .hidden/c\n';
  const byHand = async (...options: readonly string[]): Promise<JobId> => {
    writeFileSync(join(folder, 'fit.sh'), text);
    const argv = ['sbatch', '--parsable', `--chdir=${folder}`, ...options, join(folder, 'fit.sh')];
    const { stdout, stderr } = await slurm.run(argv);
    assert.match(stdout, /^\d+/, stderr);
    return toJobId(stdout.trim());
  };

  it('have their script, and the files written while they ran', async () => {
    const { backend } = to;
    const id = await byHand();
    await ended({ backend, patienceMs }, id);
    assert.deepEqual(await backend.files?.script?.(id, never), { name: 'fit.sh', text });
    const files = await listFiles(backend, id, never);
    const outputs = files.filter(({ kind }) => kind === 'output').map(({ name }) => name);
    assert.ok(outputs.includes('out.txt') && outputs.includes('sub/b.txt'), outputs.join());
    assert.ok(!outputs.includes('before.txt') && !outputs.some((name) => name.includes('hidden')));
    const file = files.find(({ name }) => name === 'sub/b.txt') ?? assert.fail();
    const parts: Uint8Array[] = [];
    for await (const part of backend.files?.read?.(id, file, never) ?? []) parts.push(part);
    assert.equal(Buffer.concat(parts).toString(), 'more\n');
  });

  it('have their script also as queued tasks of an array', async () => {
    const { backend } = to;
    const id = await byHand('--array=1-3', '--hold');
    await until({ backend, patienceMs }, id, ({ tasks }) => tasks?.queued === 3);
    for (const one of [id, toJobId(`${id}_2`)])
      assert.deepEqual(await backend.files?.script?.(one, never), { name: 'fit.sh', text });
    await backend.control?.cancel?.(id, never);
    await ended({ backend, patienceMs }, id);
  });

  it('are deleted only from the list, and cannot be resubmitted', async () => {
    const { backend } = to;
    const id = await byHand();
    await ended({ backend, patienceMs }, id);
    assert.match(
      await sentenceOf(backend.submit?.again?.(id, never) ?? assert.fail()),
      /not submitted from here/,
    );
    await backend.control?.delete?.(id, never);
    assert.equal(await backend.jobs.get(id, never), undefined);
    assert.ok(existsSync(join(folder, 'out.txt')));
    await assert.rejects(backend.control?.delete?.(id, never) ?? assert.fail(), isProblem('gone'));
  });
});

describe('finished Slurm jobs', () => {
  let to: Watched;
  before(async function () {
    this.timeout(120_000);
    to = await watched((await cluster('accounting')).env);
  });
  after(() => to.end());

  it('are deleted with their folder, an array as a whole, and no other job is', async () => {
    const { backend } = to;
    const other = await submit(backend, sh('echo other\n'));
    const array = await submit(backend, sh('echo task\n'), { options: { array: '1-2' } });
    for (const id of [other, array]) await ended({ backend, patienceMs }, id);
    assert.equal(to.folders().length, 2);
    await backend.control?.delete?.(array, never);
    assert.equal(to.folders().length, 1);
    const { jobs } = await listJobs(backend, 500, never);
    assert.ok(jobs.every(({ id, parent }) => id !== array && parent !== array));
    assert.ok(jobs.some(({ id }) => id === other));
    assert.deepEqual(linesOf(await wholeLog(backend, other)), ['other']);
  });

  it('are resubmitted with the original files, not with those the job changed', async () => {
    const { backend } = to;
    const script = {
      name: 'fit.py',
      text: 'import os, sys\nprint(sorted(os.listdir()), sys.argv[1:], os.environ["A"])\nopen("made", "w")\n',
    };
    const id = await submit(backend, script, { args: ['x y'], env: { A: 'b' } });
    await ended({ backend, patienceMs }, id);
    const again = (await backend.submit?.again?.(id, never)) ?? assert.fail();
    const job = await ended({ backend, patienceMs }, again);
    assert.deepEqual(job.inputs, { A: 'b' });
    assert.deepEqual(linesOf(await wholeLog(backend, again)), ["['fit.py'] ['x y'] b"]);
  });

  it('are not resubmitted if the original files were changed, or a secret is missing; nothing is left', async () => {
    const { backend } = to;
    const changes = await submit(backend, sh('echo "echo other" > job.sh\n'));
    const secret = await submit(backend, sh('echo hi\n'), { env: { API_TOKEN: 'geheim' } });
    for (const id of [changes, secret]) await ended({ backend, patienceMs }, id);
    const before = to.folders().length;
    const again = (id: JobId): Promise<string> =>
      sentenceOf(backend.submit?.again?.(id, never) ?? assert.fail());
    assert.match(await again(changes), /have changed or no longer exist/);
    assert.match(await again(secret), /secret/);
    assert.equal(to.folders().length, before);
  });
});
