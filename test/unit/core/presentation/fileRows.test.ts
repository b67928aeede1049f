import assert from 'node:assert/strict';
import { createUnreadableFilesRow } from '../../../../src/core/presentation/fileRows.js';
import type { JobFile } from '../../../../src/core/domain/job.js';
import { createPartRows } from '../../../../src/core/presentation/treeRows.js';
import { backendOf, completed, jobOf } from '../../../fakes/jobs.js';

const outputs = (count: number): readonly JobFile[] =>
  Array.from({ length: count }, (_, at) => ({ name: `out/${String(at)}`, kind: 'output', bytes: 1 }));

describe('the rows of many files', () => {
  const rowsOf = (count: number) => createPartRows(backendOf(), jobOf({ state: completed }), outputs(count));

  it('are limited, with a last row that shows the number of hidden files', () => {
    const rows = rowsOf(25_000);
    assert.equal(rows.filter(({ action: opens }) => opens === 'file').length, 1_000);
    assert.equal(rows.at(-1)?.label, '24,000 more files');
    assert.match(rows.at(-1)?.ariaLabel ?? '', /Download All Files/);
    assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length);
  });

  it('include all files up to the limit', () => {
    assert.ok(rowsOf(1_000).every(({ label }) => !label.includes('more files')));
  });

  it('are replaced by an error row if the files could not be read', () => {
    const row = createUnreadableFilesRow('local', 'j1', 'no response\nwithin 60 s');
    assert.deepEqual([row.label, row.description], ['Could not read files', 'no response within 60 s']);
  });
});
