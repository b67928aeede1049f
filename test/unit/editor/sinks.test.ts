import assert from 'node:assert/strict';
import { createChannelSink } from '../../../src/editor/channelSink.js';
import { TextWithLastLine } from '../../../src/editor/textWithLastLine.js';
import { createTerminalSink } from '../../../src/editor/terminalSink.js';

function channel() {
  const written = { text: '', chars: 0, replaced: 0 };
  const sink = createChannelSink({
    append: (text) => {
      written.text += text;
      written.chars += text.length;
    },
    replace: (text) => {
      written.text = text;
      written.chars += text.length;
      written.replaced++;
    },
  });
  return { sink, written };
}

describe('an output channel', () => {
  it('replaces its last line while it contains little text, once a second', () => {
    const { sink, written } = channel();
    sink.append('one\n10%');
    assert.equal(sink.redraw?.everyMs(), 1_000);
    sink.redraw.replaceEnd(3, '20%');
    sink.redraw.replaceEnd(3, '30%\ntwo\n');
    assert.equal(written.text, 'one\n30%\ntwo\n');
  });

  it('is only appended to when it contains more, until it is cleared', () => {
    const { sink, written } = channel();
    sink.append('x'.repeat(60_000));
    assert.notEqual(sink.redraw?.everyMs(), undefined);
    sink.append('x'.repeat(6_000));
    assert.equal(sink.redraw?.everyMs(), undefined);
    sink.append('more');
    assert.equal(written.replaced, 0);
    sink.replaceAll('little');
    assert.notEqual(sink.redraw?.everyMs(), undefined);
    sink.replaceAll('x'.repeat(66_000));
    assert.equal(sink.redraw?.everyMs(), undefined);
  });

  it('writes a limited amount regardless of how long a progress bar moves', () => {
    const { sink, written } = channel();
    sink.append(`${'line\n'.repeat(10_000)}0`);
    let moves = 0;
    for (; moves < 100_000 && sink.redraw?.everyMs() !== undefined; moves++) sink.redraw.replaceEnd(1, '0');
    assert.ok(moves > 1_000 && moves < 10_000, String(moves));
    assert.ok(written.chars < 70_000_000);
  });
});

/** A screen with some columns that understands the output of a terminal sink. */
function screen(columns: number) {
  const rows: string[][] = [[]];
  let row = 0;
  let column = 0;
  const write = (text: string): void => {
    // eslint-disable-next-line no-control-regex -- the test reads control characters.
    for (const [part] of text.matchAll(/\u001b\[\d*[A-Za-z]|[^]/gu)) {
      if (part === '\r') column = 0;
      else if (part === '\n') {
        row++;
        rows[row] ??= [];
      } else if (part.startsWith('\u001b')) {
        if (part.endsWith('A')) row = Math.max(0, row - Number(part.slice(2, -1)));
        else if (part === '\u001b[J') {
          rows[row]?.splice(column);
          rows.splice(row + 1);
        } else if (part === '\u001b[2J') rows.splice(0, Infinity, []);
        else if (part === '\u001b[H') [row, column] = [0, 0];
      } else {
        const width = /[漢⠀]/u.test(part) ? 2 : 1;
        if (column + width > columns) {
          row++;
          column = 0;
          rows[row] ??= [];
        }
        (rows[row] ??= [])[column] = part;
        column += width;
      }
    }
  };
  const sink = createTerminalSink(write, () => columns);
  return { sink, text: () => rows.map((one) => one.join('').trimEnd()).join('\n') };
}

describe('a terminal', () => {
  it('replaces its last line, also if it wraps over several rows', () => {
    const states: readonly (readonly [string, string])[] = [
      ['10%', '20%'],
      ['x'.repeat(10), 'y'],
      ['x'.repeat(11), 'y'],
      ['x'.repeat(35), 'y'.repeat(21)],
      ['漢'.repeat(7), 'y'],
      [`\u001b[31m${'x'.repeat(9)}\u001b[0m`, 'y'],
    ];
    for (const state of states) {
      const [first, second] = state;
      const { sink, text } = screen(10);
      sink.append(`above\n${first}`);
      sink.redraw?.replaceEnd(first.length, second);
      sink.append('\nbelow\n');
      const expected = (second.match(/.{1,10}/g) ?? []).join('\n');
      assert.equal(text(), `above\n${expected}\nbelow\n`, first);
    }
  });

  it('replaces the end of a line whose start is unchanged', () => {
    const { sink, text } = screen(10);
    sink.append('above\n12345 10%');
    sink.redraw?.replaceEnd(3, '20% of all\n');
    assert.equal(text(), 'above\n12345 20%\nof all\n');
  });

  it('does not replace an endless line, and stores none of it', () => {
    const { sink } = screen(80);
    for (let piece = 0; piece < 20; piece++) sink.append('x'.repeat(65_536));
    assert.equal(sink.redraw?.everyMs(), undefined);
    sink.append('\nnext');
    assert.notEqual(sink.redraw?.everyMs(), undefined);
  });

  it('is cleared if everything is replaced', () => {
    const { sink, text } = screen(10);
    sink.append('one\ntwo\nthree');
    sink.replaceAll('new\n');
    assert.equal(text(), 'new\n');
  });
});

describe('a text with a last line', () => {
  it('equals the plain text', () => {
    const held = new TextWithLastLine();
    held.append('one\ntw');
    held.append('o');
    assert.equal(held.text, 'one\ntwo');
    held.replaceEnd(2, 'en\nthree\nfo');
    assert.equal(held.text, 'one\nten\nthree\nfo');
    assert.equal(held.length, 'one\nten\nthree\nfo'.length);
    held.replaceAll('a\nb');
    held.replaceEnd(1, 'c');
    assert.equal(held.text, 'a\nc');
  });
});
