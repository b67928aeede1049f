import assert from 'node:assert/strict';
import { CodeFilter, stripCodes, type CodeMode } from '../../../src/lib/terminalCodes.js';
import { startStopwatch } from '../../fakes/stopwatch.js';

/** The output of a filter for one line that comes character by character. */
function inPieces(text: string, mode: CodeMode): string {
  const filter = new CodeFilter(mode);
  const shown = Array.from(text, (char, at) => filter.next(char, at < text.length - 1));
  return shown.join('');
}

describe('8-bit terminal codes', () => {
  it('keeps text with double-encoded letters, which contain the start of 8-bit codes', () => {
    const texts = [
      'he said “hi” and left at 5;',
      'Ошибка: файл «Лев» не найден. О Нине, А. Попове и Нью-Йорке',
      'done 😀🎉😐 in 5 s',
      '“a” b “c” d',
      'Н',
      `П ${'x'.repeat(200)}`,
    ];
    const c1 = /[\u0080-\u009f]/g;
    for (const text of texts) {
      const twice = Buffer.from(text).toString('latin1');
      const expected = twice.replace(c1, '');
      assert.equal(stripCodes(twice), expected);
      assert.equal(stripCodes(`${twice}\n${twice}`), `${expected}\n${expected}`);
      for (const mode of ['plain', 'terminal'] as const) assert.equal(inPieces(twice, mode), expected);
    }
    assert.equal(stripCodes('Ð\u009f \u001b[31mred'), 'Ð red');
  });

  it('takes time proportional to the length of the text', () => {
    for (const unit of ['\u009d', '\u009f ', '\u0090\u009d1', '\u009d0;\u001b', '\u009e\u001b', '\u009d7']) {
      const text = unit.repeat(400_000 / unit.length);
      const elapsedMs = startStopwatch();
      stripCodes(text);
      new CodeFilter('plain').next(text, true);
      const ms = elapsedMs();
      assert.ok(ms < 1_000, `${JSON.stringify(unit)}: ${ms.toFixed(0)} ms`);
    }
  });
});
