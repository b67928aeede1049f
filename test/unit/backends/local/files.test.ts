import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listLocalJobFiles, hasOutputs } from '../../../../src/backends/local/files.js';
import { getJobPaths, type JobPaths } from '../../../../src/backends/local/paths.js';
import type { LocalJobRecord } from '../../../../src/backends/local/record.js';
import type { JobFile } from '../../../../src/core/domain/job.js';
import { longestBlock } from '../../../fakes/longestBlock.js';
import { localRecord as record } from '../../../fakes/localRecord.js';

const never = new AbortController().signal;

describe('the files of a job', () => {
  let paths: JobPaths;
  beforeEach(async () => {
    paths = getJobPaths(await mkdtemp(join(tmpdir(), 'batch-jobs-files-')));
    for (const folder of [paths.results, paths.work, paths.submitted]) await mkdir(folder);
    await writeFile(join(paths.work, 'a.sh'), '');
  });
  afterEach(() => rm(paths.dir, { recursive: true, maxRetries: 5 }));
  const make = (folder: string, count: number): void => {
    execFileSync('sh', ['-c', `seq -f 'r-%.0f.txt' ${String(count)} | xargs touch`], { cwd: folder });
  };

  it('are all listed, even 100,000, without blocking the editor', async function () {
    this.timeout(120_000);
    make(paths.results, 100_000);
    let files: readonly JobFile[] = [];
    const longest = await longestBlock(async () => {
      files = await listLocalJobFiles(paths, record, never);
    });
    const names = files.filter(({ kind }) => kind === 'result').map(({ name }) => name);
    assert.equal(names.length, 100_000);
    assert.equal(new Set(names).size, 100_000);
    assert.deepEqual(names, [...names].sort());
    assert.ok(longest < 50, `${String(longest)} ms at once`);
  });

  it('are all listed in very many folders, results and outputs alike', async () => {
    for (const folder of [paths.results, paths.work])
      execFileSync(
        'sh',
        ['-c', 'for i in $(seq 400); do mkdir -p d$i/e; : >d$i/e/a; : >d$i/e/b; : >d$i/c; done'],
        {
          cwd: folder,
        },
      );
    const files = await listLocalJobFiles(paths, record, never);
    for (const kind of ['result', 'output'])
      assert.equal(files.filter((file) => file.kind === kind).length, 1_200, kind);
  });

  it('omit submitted files, also for a bundle with very many files', async function () {
    this.timeout(60_000);
    make(paths.work, 3_000);
    const submitted = ['a.sh', ...Array.from({ length: 2_000 }, (_, at) => `r-${String(at + 1)}.txt`)];
    await writeFile(paths.files, JSON.stringify(submitted));
    const files = await listLocalJobFiles(paths, { ...record, work: 'bundle' }, never);
    assert.equal(files.filter(({ kind }) => kind === 'output').length, 1_000);
  });

  it('include submitted files that the job changed, as outputs', async () => {
    const bundle: LocalJobRecord = { ...record, work: 'bundle', root: 'n' };
    for (const name of ['same.csv', 'checkpoint.jld2']) await writeFile(join(paths.work, name), 'before');
    await writeFile(paths.files, JSON.stringify(['a.sh', 'checkpoint.jld2', 'same.csv']));
    const outputs = async (): Promise<readonly string[]> =>
      (await listLocalJobFiles(paths, bundle, never))
        .filter(({ kind }) => kind === 'output')
        .map(({ name }) => name);
    assert.deepEqual(await outputs(), []);
    assert.equal(await hasOutputs(paths, bundle), false);
    await writeFile(join(paths.work, 'checkpoint.jld2'), 'after');
    const { mtime } = await stat(paths.files);
    await utimes(join(paths.work, 'checkpoint.jld2'), mtime, new Date(mtime.getTime() + 1_000));
    assert.deepEqual(await outputs(), ['checkpoint.jld2']);
    assert.equal(await hasOutputs(paths, bundle), true);
  });

  it('stop being listed immediately when no caller waits', async () => {
    make(paths.results, 5_000);
    const stop = new AbortController();
    const listing = listLocalJobFiles(paths, record, stop.signal);
    setImmediate(() => {
      stop.abort();
    });
    await assert.rejects(listing, { name: 'AbortError' });
  });

  it('are outputs of the job only if it left some', async () => {
    assert.equal(await hasOutputs(paths, record), false);
    await mkdir(join(paths.work, 'empty', 'folders'), { recursive: true });
    assert.equal(await hasOutputs(paths, record), false);
    await symlink('/etc', join(paths.work, 'empty', 'link'));
    assert.equal(await hasOutputs(paths, record), true);
    await rm(join(paths.work, 'empty'), { recursive: true });
    await writeFile(join(paths.results, 'x'), '');
    assert.equal(await hasOutputs(paths, record), true);
    assert.equal(await hasOutputs(paths, undefined), true);
  });
});
