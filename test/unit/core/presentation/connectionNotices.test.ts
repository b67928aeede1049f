import assert from 'node:assert/strict';
import { unreachableReason } from '../../../../src/core/presentation/connectionNotices.js';

describe('unreachableReason', () => {
  it('is the reason itself, for a row that names the place already', () => {
    const offline = { kind: 'offline', place: 'hpc', why: 'connection refused' } as const;
    assert.equal(unreachableReason(offline), 'connection refused');
    const late = { kind: 'timedOut', place: 'hpc', afterMs: 60_000 } as const;
    assert.equal(unreachableReason(late), 'no answer within 60 s');
  });

  it('is undefined where something answered', () => {
    const refused = { kind: 'refused', place: 'hpc', words: 'no' } as const;
    assert.equal(unreachableReason(refused), undefined);
  });
});
