import assert from 'node:assert/strict';
import { CodeFilter, hasWidth, stripCodes, type CodeMode } from '../../../src/lib/terminalCodes.js';
import { startStopwatch } from '../../fakes/stopwatch.js';

const st = '\u001b\\';

/** Codes of every kind, none of which may remain in a text. */
const codes: readonly (readonly [kind: string, code: string])[] = [
  ['color', '\u001b[31m'],
  ['reset without a number', '\u001b[m'],
  ['color with colons', '\u001b[38:2::255:0:10m'],
  ['underline with a colon', '\u001b[4:3m'],
  ['256 colors', '\u001b[38;5;196m'],
  ['cursor movement', '\u001b[2A'],
  ['cursor position', '\u001b[10;20H'],
  ['hidden cursor', '\u001b[?25l'],
  ['shape of the cursor', '\u001b[2 q'],
  ['soft reset', '\u001b[!p'],
  ['erased line', '\u001b[K'],
  ['erased screen', '\u001b[2J'],
  ['bracketed paste', '\u001b[?2004h'],
  ['keyboard mode', '\u001b[>4;2m'],
  ['keyboard mode of kitty', '\u001b[>1u'],
  ['device query', '\u001b[c'],
  ['status query', '\u001b[6n'],
  ['query of a mode', '\u001b[?1$p'],
  ['window report', '\u001b[21t'],
  ['control within a sequence', '\u001b[3\u00001m'],
  ['title, bell', '\u001b]0;a title\u0007'],
  ['title, string terminator', `\u001b]2;a title${st}`],
  ['title of screen', `\u001bka title${st}`],
  ['link', `\u001b]8;id=1;https://example.com/?a=b;c${st}`],
  ['clipboard', '\u001b]52;c;ZWNobyBoaQ==\u0007'],
  ['shell integration', '\u001b]633;E;rm -rf ~;nonce\u0007'],
  ['prompt mark', '\u001b]133;A\u0007'],
  ['image', `\u001b]1337;File=inline=1:${'QUJD'.repeat(2000)}\u0007`],
  ['device control string', `\u001bP1$r0m${st}`],
  ['sixel', `\u001bPq#0;2;0;0;0~-${st}`],
  ['device control string with a bell', `\u001bPabc\u0007def${st}`],
  ['passed through tmux', `\u001bPtmux;\u001b\u001b]52;c;QQ==\u0007${st}`],
  ['application command', `\u001b_Gf=100;AAAA${st}`],
  ['privacy message', `\u001b^private${st}`],
  ['start of string', `\u001bXstring${st}`],
  ['canceled string', '\u001b]0;title\u0018'],
  ['substituted string', '\u001bPdata\u001a'],
  ['character set', '\u001b(0'],
  ['UTF-8 on', '\u001b%G'],
  ['alignment test', '\u001b#8'],
  ['saved cursor', '\u001b7'],
  ['reset', '\u001bc'],
  ['keypad', '\u001b='],
  ['8-bit sequence', '\u009b31m'],
  ['8-bit command', '\u009d0;title\u009c'],
  ['8-bit device control', '\u0090q~\u009c'],
  ['8-bit application command', `\u009fG${st}`],
  ['8-bit privacy message', '\u009ex\u009c'],
  ['8-bit string', '\u0098x\u009c'],
  ...Array.from(
    { length: 32 },
    (_, at) => [`C1 control ${String(at)}`, String.fromCharCode(0x80 + at)] as const,
  ).filter(([, code]) => !'\u0090\u0098\u009b\u009d\u009e\u009f'.includes(code)),
  ['bell', '\u0007'],
  ['null', '\u0000'],
  ['shift out', '\u000e'],
  ['form feed', '\u000c'],
  ['delete', '\u007f'],
  ['escape twice', '\u001b\u001b[31m'],
];

/** The output of a filter for one line whose text comes in pieces. */
function inPieces(text: string, cuts: readonly number[], mode: CodeMode = 'plain'): string {
  const filter = new CodeFilter(mode);
  let shown = '';
  let from = 0;
  for (const cut of [...cuts, text.length]) {
    const isLast = cut === text.length;
    shown += filter.next(text.slice(from, cut), !isLast);
    from = cut;
    if (isLast) break;
  }
  return shown;
}

describe('stripCodes', () => {
  for (const [kind, code] of codes)
    it(`removes everything: ${kind}`, () => {
      assert.equal(stripCodes(`one${code}two`), 'onetwo');
      assert.equal(stripCodes(code), '');
      assert.equal(stripCodes(`é${code}${code}漢\t.`), 'é漢\t.');
      assert.equal(hasWidth(code), false);
      assert.equal(hasWidth(`${code}.`), true);
    });

  it('removes codes that are split anywhere', () => {
    for (const [kind, code] of codes) {
      const text = `one${code}two`;
      for (let cut = 1; cut < Math.min(text.length, 60); cut++)
        assert.equal(inPieces(text, [cut]), 'onetwo', `${kind} at ${String(cut)}`);
      const each = Array.from({ length: Math.min(text.length, 200) - 1 }, (_, at) => at + 1);
      assert.equal(inPieces(text, each), 'onetwo', kind);
    }
  });

  it('returns the received part of a line without the received part of a code', () => {
    for (const [kind, code] of codes)
      for (let cut = 1; cut < Math.min(code.length, 60); cut++)
        assert.equal(new CodeFilter('plain').peek(`one${code.slice(0, cut)}`), 'one', kind);
  });

  it('ends a code that is incomplete at the end of a line, and starts the next line without it', () => {
    for (const open of [
      '\u001b',
      '\u001b[',
      '\u001b[31',
      '\u001b]0;title',
      '\u001bPdata',
      '\u001b(',
      '\u009b3',
      '\u009d0;t',
    ]) {
      const filter = new CodeFilter('plain');
      assert.equal(filter.next(`one${open}`, false), 'one');
      assert.equal(filter.next('two', false), 'two');
    }
    assert.equal(stripCodes('one\u001b]0;title\ntwo\n'), 'one\ntwo\n');
  });

  it('ends a string that another code interrupts', () => {
    assert.equal(stripCodes('\u001b]0;title\u001b[31mred'), 'red');
    assert.equal(stripCodes('\u001bPdata\u001b[0mtext'), 'text');
  });

  it('removes codes of any size over many pieces, and buffers none of them', () => {
    for (const intro of ['\u001b]0;', '\u001bP', '\u001b_', '\u009f', '\u001b[']) {
      const filter = new CodeFilter('plain');
      assert.equal(filter.next(`one${intro}`, true), 'one');
      for (let piece = 0; piece < 100; piece++) assert.equal(filter.next('1;'.repeat(32_768), true), '');
      assert.equal(filter.next(intro === '\u001b[' ? 'mtwo' : `${st}two`, false), 'two');
    }
  });

  it('keeps what was drawn if codes without width follow a carriage return', () => {
    assert.equal(stripCodes('text\r\u001b[0m'), 'text');
    assert.equal(stripCodes('10%\r20%\r\u001b[?25h'), '20%');
    assert.equal(stripCodes('\u001b[2K\u001b[1Gone\u001b[2K\u001b[1Gtwo\u001b[G'), 'two');
  });

  it('returns what backspaces drew last', () => {
    assert.equal(stripCodes('|\b/\b-\b\\\b'), '\\');
    assert.equal(stripCodes('_\bN_\bA'), 'NA');
    assert.equal(stripCodes('\b\ba'), 'a');
  });

  it('keeps text that only looks like codes', () => {
    for (const text of ['[31mred', ']0;title', 'a\tb', '50 % (1/2) [=>  ]', 'ñ ü 漢字 🙂', '\ufffd31m'])
      assert.equal(stripCodes(text), text);
  });

  it('takes time proportional to the length of the text', () => {
    const units = [
      '\u001b',
      '\u001b[',
      '\u001b]',
      '\u001bP',
      '\u001b[1;',
      '\r\u001b[0m',
      '\b',
      'a\b',
      '\u009b',
      '\u001b ',
      '\u001b]0;\u001b',
      '\u0090\r',
    ];
    for (const unit of units) {
      const text = unit.repeat(400_000 / unit.length);
      const elapsedMs = startStopwatch();
      stripCodes(text);
      const ms = elapsedMs();
      assert.ok(ms < 1_000, `${JSON.stringify(unit)}: ${ms.toFixed(0)} ms`);
    }
  });
});

// eslint-disable-next-line no-control-regex -- the test searches for control characters.
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/** Everything of a job that may reach a terminal: text, colors, erasing, cursor movement. */
const harmless =
  // eslint-disable-next-line no-control-regex -- the test searches for control characters.
  /^(?:[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]|\u0008|\u001b\[[\d;:]{0,128}m|\u001b\[[012]?[JK]|\u001b\[\d{0,5}(?:;\d{0,5})?[A-HXadef`])*$/u;

describe('terminal output of a job', () => {
  const shown = (text: string): string => new CodeFilter('terminal').next(text, false);

  it('keeps colors, erasing and cursor movement', () => {
    for (const code of [
      '\u001b[m',
      '\u001b[1;31m',
      '\u001b[38:2::1:2:3m',
      '\u001b[K',
      '\u001b[2J',
      '\u001b[3A',
      '\u001b[G',
      '\u001b[5;1H',
      '\u001b[4X',
    ])
      assert.equal(shown(`a${code}b`), `a${code}b`);
    assert.equal(shown('a\u009b31mb'), 'a\u001b[31mb');
  });

  it('keeps a color that is split anywhere', () => {
    const text = 'a\u001b[38;5;196mb';
    for (let cut = 1; cut < text.length; cut++) assert.equal(inPieces(text, [cut], 'terminal'), text);
  });

  it('removes every other code, also an incomplete one', () => {
    for (const [kind, code] of codes) {
      const text = `one${code}two`;
      assert.match(shown(text), harmless, kind);
      for (let cut = 1; cut < Math.min(text.length, 60); cut++)
        assert.match(inPieces(text, [cut], 'terminal'), harmless, `${kind} at ${String(cut)}`);
    }
    for (const code of [
      '\u001b[3J',
      '\u001b[?2J',
      '\u001b[2147483647b',
      '\u001b[999999999C',
      '\u001b[r',
      '\u001b[1$m',
      '\u001b[=1m',
    ])
      assert.equal(shown(`a${code}b`), 'ab');
  });

  it('removes every other code, regardless of the output of a job', () => {
    let state = 5;
    const below = (most: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * most);
    };
    const parts = [
      '\u001b',
      '[',
      ']',
      'P',
      '_',
      '^',
      'X',
      'k',
      '52;c;',
      '633;',
      '?',
      '>',
      '$',
      ' ',
      '1',
      ';',
      ':',
      'm',
      'J',
      'n',
      'c',
      'h',
      't',
      '\u0007',
      '\\',
      '\u009b',
      '\u009d',
      '\u009c',
      '\u0090',
      '\r',
      '\b',
      '\u0018',
      'é',
    ];
    for (let round = 0; round < 5_000; round++) {
      const text = Array.from({ length: 1 + below(30) }, () => parts[below(parts.length)] ?? '').join('');
      const cuts = [1 + below(text.length), 1 + below(text.length)].filter((cut) => cut < text.length);
      assert.match(
        inPieces(
          text,
          cuts.sort((a, b) => a - b),
          'terminal',
        ),
        harmless,
        JSON.stringify(text),
      );
      assert.doesNotMatch(inPieces(text, cuts), controls, JSON.stringify(text));
    }
  });
});
