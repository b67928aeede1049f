import assert from 'node:assert/strict';
import { toJobRowId, toPartRowId, parseRowId } from '../../../../src/core/presentation/rowIds.js';

describe('row ids', () => {
  for (const job of ['7', 'jr-xf4tslavut', '12_3', 'a/b', 'a%2Fb', '%25', '/', 'ü %']) {
    it(`contain the job ${JSON.stringify(job)} and the part below it`, () => {
      assert.deepEqual(parseRowId(toJobRowId('hub', job)), { connection: 'hub', job });
      assert.deepEqual(parseRowId(toPartRowId('hub', job, 'result/a/b.csv')), {
        connection: 'hub',
        job,
        part: 'result/a/b.csv',
      });
    });
  }

  it('contain only the connection for its own row', () => {
    assert.deepEqual(parseRowId('hub'), { connection: 'hub' });
  });
});
