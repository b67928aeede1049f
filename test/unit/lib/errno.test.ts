import assert from 'node:assert/strict';
import {
  describeError,
  getErrorCode,
  hasErrorCode,
  isDiskFull,
  isMissing,
  isUnwritable,
} from '../../../src/lib/errno.js';

const failed = (code: unknown): Error => Object.assign(new Error('the message'), { code });

describe('system errors', () => {
  it('are recognized by their codes', () => {
    assert.equal(getErrorCode(failed('ENOENT')), 'ENOENT');
    for (const other of [new Error('x'), failed(20), { code: 'ENOENT' }, 'ENOENT', undefined])
      assert.equal(getErrorCode(other), undefined);
    assert.equal(hasErrorCode(failed('EPERM'), 'EACCES', 'EPERM'), true);
    assert.equal(hasErrorCode(failed('EIO'), 'EACCES', 'EPERM'), false);
    assert.equal(hasErrorCode(undefined, 'EACCES'), false);
  });

  it('are distinguished by their meaning', () => {
    const meanings = (code: string): readonly boolean[] =>
      [isMissing, isDiskFull, isUnwritable].map((is) => is(failed(code)));
    assert.deepEqual(meanings('ENOENT'), [true, false, false]);
    assert.deepEqual(meanings('ENOTDIR'), [true, false, false]);
    assert.deepEqual(meanings('ENOSPC'), [false, true, true]);
    assert.deepEqual(meanings('EDQUOT'), [false, true, true]);
    assert.deepEqual(meanings('EROFS'), [false, false, true]);
    assert.deepEqual(meanings('EACCES'), [false, false, false]);
  });

  it('are described by a phrase, else by their code, else by their message', () => {
    assert.equal(describeError(failed('EACCES')), 'permission denied');
    assert.equal(describeError(failed('EXYZ')), 'EXYZ');
    assert.equal(describeError(new Error('the message')), 'the message');
    assert.equal(describeError('text'), 'text');
  });
});
