import assert from 'node:assert/strict';
import { truncateText } from '../../../../src/core/logs/truncateText.js';

describe('boundText', () => {
  it('returns a short text unchanged', () => {
    assert.equal(truncateText('abc', 3), 'abc');
    assert.equal(truncateText('', 3), '');
  });

  it('reports the number of omitted characters', () => {
    assert.equal(
      truncateText('a'.repeat(1500), 100),
      `${'a'.repeat(100)}\n── 1,400 more characters omitted ──\n`,
    );
  });

  it('ends with a whole line if one ends near the limit', () => {
    const text = `${'a'.repeat(95)}\n${'b'.repeat(95)}`;
    assert.match(truncateText(text, 100), /^a{95}\n── 96 more characters/);
  });

  it('does not split surrogate pairs', () => {
    assert.match(truncateText('😀'.repeat(50), 51), /^(?:😀){25}\n── 50 more/u);
  });
});
