import assert from 'node:assert/strict';
import { boundText } from '../../../../src/core/logs/boundedText.js';

describe('boundText', () => {
  it('leaves a text alone that is not too long', () => {
    assert.equal(boundText('abc', 3), 'abc');
    assert.equal(boundText('', 3), '');
  });

  it('says how much it leaves out', () => {
    assert.equal(
      boundText('a'.repeat(1500), 100),
      `${'a'.repeat(100)}\n── 1,400 more characters omitted ──\n`,
    );
  });

  it('ends with a whole line where one ends near the bound', () => {
    const text = `${'a'.repeat(95)}\n${'b'.repeat(95)}`;
    assert.match(boundText(text, 100), /^a{95}\n── 96 more characters/);
  });

  it('cuts no character in two', () => {
    assert.match(boundText('😀'.repeat(50), 51), /^(?:😀){25}\n── 50 more/u);
  });
});
