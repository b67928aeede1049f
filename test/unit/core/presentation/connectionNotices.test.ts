import assert from 'node:assert/strict';
import { getUnreachableReason } from '../../../../src/core/presentation/connectionNotices.js';

describe('unreachableReason', () => {
  it('returns the reason, for a row that already contains the name', () => {
    const offline = { kind: 'offline', place: 'hpc', why: 'connection refused' } as const;
    assert.equal(getUnreachableReason(offline), 'connection refused');
    const late = { kind: 'timedOut', place: 'hpc', afterMs: 60_000 } as const;
    assert.equal(getUnreachableReason(late), 'no response within 60 s');
  });

  it('returns undefined if the service responded', () => {
    const refused = { kind: 'refused', place: 'hpc', words: 'no' } as const;
    assert.equal(getUnreachableReason(refused), undefined);
  });
});
