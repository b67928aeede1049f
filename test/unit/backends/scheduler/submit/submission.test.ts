import assert from 'node:assert/strict';
import { findBatchPath } from '../../../../../src/backends/scheduler/submit/submission.js';

const path = '/home/ada/.batch-jobs/20260305-120000-0123abcd/job.sh';

describe('the submitted script in a text', () => {
  for (const [name, text] of [
    ['alone', path],
    ['with arguments', `${path} 1 /other/20260305-120000-0123abcd/x`],
    ['after a program name', `/bin/sh ${path} 1`],
    ['quoted, between other lines', `#!/bin/sh\ncd /home/ada || exit 1\n'sh' '${path}' 'a b'\n`],
  ] as const)
    it(`is found ${name}`, () => {
      assert.equal(findBatchPath(text), path);
    });

  it('is found if its folder contains a space', () => {
    const other = path.replace('/home/ada', '/home/my jobs');
    assert.equal(findBatchPath(`'${other}'`), other);
  });

  it('is not confused with another script', () => {
    for (const text of ['', '/home/ada/job.sh', path.replace('job.sh', 'work/fit.sh')])
      assert.equal(findBatchPath(text), undefined);
  });
});
