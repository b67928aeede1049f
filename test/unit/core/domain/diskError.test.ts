import assert from 'node:assert/strict';
import { toDiskError, toUnreadableError } from '../../../../src/core/domain/diskError.js';
import { JobError } from '../../../../src/core/domain/problem.js';
import { createAbortError } from '../../../../src/lib/abort.js';

const failed = (code: string): Error => Object.assign(new Error('the message'), { code });

describe('failed file operations', () => {
  it('become a disk problem with their cause', () => {
    const cause = failed('EACCES');
    const error = toDiskError(cause, '/a/b');
    assert.ok(error instanceof JobError);
    assert.deepEqual(error.problem, { kind: 'disk', path: '/a/b', why: 'permission denied' });
    assert.equal(error.cause, cause);
  });

  it('report the full folder', () => {
    const problem = (...args: Parameters<typeof toDiskError>): unknown => {
      const error = toDiskError(...args);
      return error instanceof JobError && error.problem;
    };
    assert.deepEqual(problem(failed('ENOSPC'), '/a/b'), { kind: 'diskFull', path: '/a/b' });
    assert.deepEqual(problem(failed('EDQUOT'), '/a/b', '/a'), { kind: 'diskFull', path: '/a' });
  });

  it('stay unchanged if they are a problem, an abort, or not a system error', () => {
    const gone = new JobError({ kind: 'gone', name: 'Job 1' });
    const aborted = Object.assign(new Error('stopped'), { name: 'AbortError', code: 'ABORT_ERR' });
    for (const cause of [gone, createAbortError(), aborted, new Error('x'), 'text'])
      assert.equal(toDiskError(cause, '/a'), cause);
    assert.equal(toUnreadableError(gone, '/a'), gone);
  });

  it('become a read problem', () => {
    assert.deepEqual(toUnreadableError(failed('ENOENT'), '/a').problem, {
      kind: 'unreadable',
      path: '/a',
      why: 'it does not exist',
    });
  });
});
