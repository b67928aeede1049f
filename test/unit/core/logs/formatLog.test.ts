import assert from 'node:assert/strict';
import type { LogEvent } from '../../../../src/core/domain/log.js';
import { toFileName, formatGap, formatLog } from '../../../../src/core/logs/formatLog.js';
import { lineEvents } from '../../../fakes/jobs.js';

describe('logText', () => {
  const textOf = async (...events: readonly LogEvent[]): Promise<string> => {
    const given = async function* (): AsyncGenerator<readonly LogEvent[]> {
      await Promise.resolve();
      yield events;
    };
    let text = '';
    for await (const part of formatLog(given())) text += part;
    return text;
  };

  it('writes each line once, and an unfinished last line without a line end', async () => {
    const half: LogEvent = { kind: 'partial', text: 'ha' };
    assert.equal(await textOf(half, ...lineEvents('half', 'two'), half), 'half\ntwo\nha');
  });

  it('removes terminal codes, also in levels, across pieces, and in an unfinished line', async () => {
    const open: LogEvent = { kind: 'line', text: 'a\u001b]8;;http', open: true, next: '1' };
    const text = await textOf(
      ...lineEvents('text\r\u001b[0m', '\u001b[38:2::1:2:3mred\u009b0m'),
      open,
      ...lineEvents('s://x\u0007b'),
      { kind: 'line', text: '\u001b]0;open', level: '\u001b[1minfo', fields: { a: 'b\u0007' }, next: '2' },
      { kind: 'partial', text: 'half\u001b[3' },
    );
    assert.equal(text, 'text\nred\nab\ninfo  a=b\nhalf');
  });

  it('joins the pieces of a long line', async () => {
    const open: LogEvent = { kind: 'line', text: 'a', open: true, next: '1' };
    assert.equal(await textOf(open, open, ...lineEvents('b')), 'aab\n');
  });

  it('marks gaps with lines of the extension', async () => {
    const gap: LogEvent = { kind: 'gap', cause: 'lost', lines: 1204, why: 'the connection dropped' };
    const text = await textOf(...lineEvents('a'), gap, ...lineEvents('b'));
    assert.equal(text, 'a\n── 1,204 lines not received: the connection dropped ──\nb\n');
  });

  it('reports the size of a gap as precisely as it is known', () => {
    assert.match(formatGap({ kind: 'gap', cause: 'lost', bytes: 2048 }), /2\.0 KiB not received/);
    assert.match(formatGap({ kind: 'gap', cause: 'lost' }), /some of the log not received/);
    assert.match(formatGap({ kind: 'gap', cause: 'skipped', bytes: 2048 }), /2\.0 KiB of earlier output/);
  });
});

describe('fileName', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['fit.jl', 'fit.jl'],
    ['a/b\\c:d*e?f"g<h>i|j', 'a_b_c_d_e_f_g_h_i_j'],
    ['..', '_'],
    ['.hidden', '_hidden'],
    ['a\n\u0000b', 'a__b'],
    ['  ', '_'],
    ['', '_'],
    ['実験 😀', '実験 😀'],
    ['ends. ', 'ends'],
    ['half \ud83d of a character', 'half \ufffd of a character'],
    ['\udc00', '\ufffd'],
    ['fit\u202egpj.exe', 'fit\u2423gpj.exe'],
  ];
  for (const [name, clean] of cases) {
    it(`converts ${JSON.stringify(name)} into a name for every system`, () => {
      assert.equal(toFileName(name), clean);
      assert.doesNotThrow(() => encodeURIComponent(clean), 'it can stand in an address');
    });
  }

  it('truncates a long name, never within a character', () => {
    assert.equal([...toFileName('😀'.repeat(300))].length <= 120, true);
    assert.ok(Buffer.byteLength(toFileName('😀'.repeat(300))) <= 240);
  });
});
