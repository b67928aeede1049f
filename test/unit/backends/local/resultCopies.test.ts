import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listLocalJobFiles } from '../../../../src/backends/local/files.js';
import { getJobPaths } from '../../../../src/backends/local/paths.js';
import type { LocalJobRecord } from '../../../../src/backends/local/record.js';

describe('the files of a local job', () => {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'files-'));
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  it('list a result folder once, and an output that differs from its copy', async () => {
    const paths = getJobPaths(dir);
    const put = (folder: string, name: string, text: string): void => {
      mkdirSync(join(folder, name, '..'), { recursive: true });
      writeFileSync(join(folder, name), text);
    };
    put(paths.work, 'out/plots/a.csv', '1');
    put(paths.work, 'out/plots/later.csv', 'more than the copy');
    put(paths.work, 'out/plots2/a.csv', '1');
    put(paths.results, 'plots/a.csv', '1');
    put(paths.results, 'plots/later.csv', 'old');
    put(paths.notes, 'RESULTS_FILE', join(paths.work, 'out/plots'));
    // SAFETY: the only members that the list needs.
    const record = { script: 'a.py', work: 'script' } as LocalJobRecord;
    const files = await listLocalJobFiles(paths, record, new AbortController().signal);
    assert.deepEqual(
      files.filter(({ kind }) => kind !== 'input').map(({ kind, name }) => `${kind} ${name}`),
      [
        'result plots/a.csv',
        'result plots/later.csv',
        'output out/plots/later.csv',
        'output out/plots2/a.csv',
      ],
    );
  });
});
