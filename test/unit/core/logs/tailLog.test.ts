import assert from 'node:assert/strict';
import type { LogEvent, LogPartial, LogStart, LogText } from '../../../../src/core/domain/log.js';
import { JobError } from '../../../../src/core/domain/problem.js';
import type { TailOptions } from '../../../../src/core/logs/logSink.js';
import { tailLog } from '../../../../src/core/logs/tailLog.js';
import { fakeClock, settle, type FakeClock } from '../../../fakes/clock.js';
import { unhandledIn } from '../../../fakes/rejections.js';
import { toBatches } from '../../../../src/core/domain/logBatches.js';

const line = (text: string, more: Partial<LogText> = {}): LogText => ({
  kind: 'line',
  text,
  next: text,
  ...more,
});
const partial = (text: string): LogPartial => ({ kind: 'partial', text });
const offline = new JobError({ kind: 'offline', place: 'there', why: 'connection reset' });

/**
 * The next step of a source: an event, a failure, a pause in milliseconds, or a pause that no signal aborts.
 */
type Step = LogEvent | Error | number | Promise<never>;

/** Tails consecutive sources, each opened after the previous one failed; a remaining pause never ends. */
function tailing(sources: readonly (readonly Step[])[], options: Partial<TailOptions> = {}) {
  const clock = fakeClock();
  const stop = new AbortController();
  const opened: LogStart[] = [];
  const calls: string[] = [];
  let text = '';
  let most = 0;
  const sink = {
    append: (more: string) => {
      calls.push(more);
      text += more;
      most = Math.max(most, text.length);
    },
    replaceAll: (all: string) => {
      calls.push('replaced');
      text = all;
      most = Math.max(most, text.length);
    },
  };
  async function* source(from: LogStart): AsyncGenerator<LogEvent> {
    const steps = sources[opened.length] ?? [];
    opened.push(from);
    for (const step of steps) {
      if (step instanceof Error) throw step;
      if (typeof step === 'number') await clock.sleep(step, stop.signal);
      else if (step instanceof Promise) await step;
      else yield step;
    }
  }
  const settings: TailOptions = { ...optionsOf(clock), maxChars: 1_000_000, ...options };
  const done = tailLog((from) => toBatches(source(from)), sink, settings, stop.signal);
  // A failure that a test expects is checked later.
  done.catch(() => undefined);
  return { clock, stop, opened, calls, done, text: () => text, most: () => most };
}

/** The arguments of a tail for tests with their own source and sink. */
const optionsOf = (clock: FakeClock): TailOptions => ({
  from: { at: 'start' },
  maxChars: 1000,
  times: 'none',
  startedAt: undefined,
  clock,
});

/** The text of a tail whose sources have no pauses. */
async function shown(events: readonly Step[], options: Partial<TailOptions> = {}): Promise<string> {
  const { done, text } = tailing([events], options);
  await done;
  return text();
}

describe('tail: lines', () => {
  it('shows each line once, in order', async () => {
    assert.equal(await shown([line('one'), line(''), line('two')]), 'one\n\ntwo\n');
  });

  it('joins the pieces of a line', async () => {
    const text = await shown([
      line('aa', { open: true }),
      line('bb', { open: true }),
      line('cc'),
      line('next'),
    ]);
    assert.equal(text, 'aabbcc\nnext\n');
  });

  it('removes terminal codes, also in levels and values, and across pieces', async () => {
    const text = await shown([
      line('\u001b[31mred\u001b[0m'),
      line('one\u001b]0;ti', { open: true }),
      line('tle', { open: true }),
      line('\u0007two\u001b[3', { open: true }),
      partial('1mth'),
      line('1mthree'),
      line('four', { level: '\u001b[1minfo', fields: { a: '\u001b]52;c;QQ==\u0007b' } }),
    ]);
    assert.equal(text, 'red\nonetwothree\ninfo four a=b\n');
  });

  it('keeps colors for a terminal, and resets them before a line of the extension', async () => {
    const text = await shown([line('\u001b[31mred\u001b]0;t\u0007'), { kind: 'gap', cause: 'lost' }], {
      codes: 'terminal',
      heading: '── ours ──\n',
    });
    assert.equal(text, '\u001b[0m── ours ──\n\u001b[31mred\n\u001b[0m── some of the log not received ──\n');
  });

  it('shows level and fields with the text', async () => {
    const text = await shown([line('loaded', { level: 'info', fields: { rows: '10', of: 'a.csv' } })]);
    assert.equal(text, 'info loaded rows=10 of=a.csv\n');
  });

  it('marks gaps with lines of the extension', async () => {
    const text = await shown([
      { kind: 'gap', cause: 'skipped', bytes: 100_000_000 },
      line('one'),
      { kind: 'gap', cause: 'lost', lines: 1204, why: 'the connection dropped' },
      line('two'),
    ]);
    assert.match(
      text,
      /^── 95\.4 MiB of earlier output .* ──\none\n── 1,204 lines not received: the connection dropped ──\ntwo\n$/,
    );
  });

  it('does not continue an escape sequence after a gap', async () => {
    for (const [cut, left] of [
      ['\u001b]0;ti', ''],
      ['\u001bPdata', ''],
      ['\u009f x', ' x'],
    ] as const) {
      const begun = line(`one${cut}`, { open: true });
      const text = await shown([begun, { kind: 'gap', cause: 'lost' }, line('two')]);
      assert.match(text, new RegExp(`^one${left}\\n── .* ──\\ntwo\\n$`));
      assert.equal((await shown([begun])).trimEnd(), `one${left}`);
    }
  });

  it('shows a gap on its own line', async () => {
    assert.match(await shown([partial('hal'), { kind: 'gap', cause: 'lost' }]), /^hal\n── .* ──\n$/);
  });

  it('starts at the requested position', async () => {
    const { done, opened } = tailing([[]], { from: { at: 'end', bytes: 10 } });
    await done;
    assert.deepEqual(opened, [{ at: 'end', bytes: 10 }]);
  });
});

describe('tail: time stamps', () => {
  const at = (seconds: number): { readonly at: Date } => ({ at: new Date(2026, 2, 5, 9, 5, seconds, 200) });

  it('shows the time before each line, once for a line in pieces', async () => {
    const text = await shown(
      [line('a', { ...at(1), open: true }), line('b', at(2)), line('no time'), line('c', at(3))],
      { times: 'clock' },
    );
    assert.equal(text, '09:05:01 ab\nno time\n09:05:03 c\n');
  });

  it('counts from the start of the job', async () => {
    const text = await shown([line('a', at(1)), line('b', at(12))], {
      times: 'sinceStart',
      startedAt: new Date(2026, 2, 5, 9, 5, 0, 0),
    });
    assert.equal(text, '+   1.2 s a\n+  12.2 s b\n');
  });

  it('counts from the first line if the start is unknown', async () => {
    const text = await shown([line('a', at(1)), line('b', at(3))], { times: 'sinceStart' });
    assert.equal(text, '+   0.0 s a\n+   2.0 s b\n');
  });
});

describe('tail: the unfinished line', () => {
  it('shows an unfinished line, and then only what follows', async () => {
    const { clock, calls, done } = tailing([
      [partial('Ent'), 100, partial('Enter: '), 100, line('Enter: yes')],
    ]);
    await clock.advance(300);
    await done;
    assert.deepEqual(calls, ['Ent', 'er: ', 'yes\n']);
  });

  it('continues the pieces of a line', async () => {
    assert.equal(await shown([line('aa', { open: true }), partial('b'), line('bc')]), 'aabc\n');
  });

  it('ends the unfinished line when the log ends', async () => {
    assert.equal(await shown([line('one'), partial('tw')]), 'one\ntw\n');
    assert.equal(await shown([line('one', { open: true })]), 'one\n');
  });

  it('shows the first and the last state of a redrawn line, and not all in between', async () => {
    const bar = Array.from({ length: 100 }, (_, n) => partial(`[${String(n)}%]`));
    assert.equal(await shown([...bar, line('[100%]'), line('done')]), '[0%]\n[100%]\ndone\n');
  });

  it('shows a continuously redrawn line every thirty seconds', async () => {
    const bar = Array.from({ length: 700 }, (_, n) => [partial(`<${String(n)}>`), 100] as const).flat();
    const { clock, text, done } = tailing([bar]);
    await clock.advance(70_000);
    await done;
    assert.equal(text(), '<0>\n<299>\n<599>\n<699>\n');
  });

  it('shows a progress bar every ten percent', async () => {
    const bar = Array.from(
      { length: 101 },
      (_, n) => [partial(` ${String(n)}%|#| ${String(n)}/100`), 100] as const,
    );
    const { clock, text, done } = tailing([[...bar.flat(), line('100%|#| 100/100')]]);
    await clock.advance(11_000);
    await done;
    const tens = Array.from({ length: 11 }, (_, n) => ` ${String(n * 10)}%|#| ${String(n * 10)}/100`);
    assert.equal(text(), `${tens.join('\n')}\n100%|#| 100/100\n`);
  });

  it('does not show each state of bars that alternate on one line', async () => {
    const bars = Array.from({ length: 250 }, () => [partial('a 10%'), 100, partial('b 90%'), 100] as const);
    const { clock, text, stop } = tailing([bars.flat()]);
    await clock.advance(29_000);
    assert.equal(text(), 'a 10%\nb 90%');
    stop.abort();
  });

  it('shows the new text of a line after thirty seconds, even if nothing follows', async () => {
    const { clock, text, stop } = tailing([[partial('10%'), 2000, partial('Password: '), 3_600_000]]);
    await clock.advance(29_900);
    assert.equal(text(), '10%');
    await clock.advance(200);
    assert.equal(text(), '10%\nPassword: ');
    stop.abort();
  });

  it('shows the last text of a line at the end of the log', async () => {
    assert.equal(await shown([partial('10%'), partial('20%')]), '10%\n20%\n');
  });

  it('waits for the end of a color code', async () => {
    const { clock, calls, done } = tailing([
      [partial('a\u001b[3'), 100, partial('a\u001b[31mb\u001b'), 100, line('a\u001b[31mb\u001b[0m')],
    ]);
    await clock.advance(300);
    await done;
    assert.deepEqual(calls, ['a', 'b', '\n']);
  });
});

describe('tail: passing text to the sink', () => {
  it('passes on collected text 50 ms after its start', async () => {
    const { clock, calls, done } = tailing([
      [line('a'), line('b'), 40, line('c'), 20, line('d'), 1000, line('e')],
    ]);
    await clock.advance(49);
    assert.deepEqual(calls, []);
    await clock.advance(2000);
    await done;
    assert.deepEqual(calls, ['a\nb\nc\n', 'd\n', 'e\n']);
  });

  it('passes on a flood in large chunks without waiting', async () => {
    const { calls, done } = tailing([Array.from({ length: 10_000 }, () => line('x'.repeat(99)))]);
    await done;
    assert.ok(calls.length >= 3 && calls.length <= 5, String(calls.length));
  });

  it('keeps the end of the text if the sink is full, and reports the number of dropped lines', async () => {
    const lines = Array.from({ length: 1000 }, (_, n) => line(`line ${String(n).padStart(4, '0')}`));
    const steps = lines.flatMap((event) => [event, 100]);
    const { clock, calls, text, most, done } = tailing([steps], { maxChars: 4000 });
    await clock.advance(100_000);
    await done;
    assert.ok(most() <= 4000);
    assert.ok(calls.filter((call) => call === 'replaced').length <= 3);
    const [note = '', ...kept] = text().trimEnd().split('\n');
    const gone = Number(/^── (\d[\d,]*) lines of earlier output/.exec(note)?.[1]?.replace(',', ''));
    assert.ok(gone > 500);
    assert.deepEqual(
      kept,
      lines.slice(gone).map((event) => event.text),
    );
  });

  it('keeps about a tenth when it is full', async () => {
    const steps = Array.from({ length: 400 }, () => [line('x'.repeat(9)), 100] as const).flat();
    const { clock, calls, text, done } = tailing([steps], { maxChars: 4000 - 1 });
    await clock.advance(40_000);
    await done;
    assert.equal(calls.at(-1), 'replaced');
    assert.ok(text().length > 300 && text().length < 500, String(text().length));
  });

  it('starts with a whole line, also after a flood that did not fit', async () => {
    const lines = Array.from({ length: 1000 }, (_, n) => `line ${String(n).padStart(4, '0')}`);
    const { text, done } = tailing([lines.map((each) => line(each))], { maxChars: 4000 - 7 });
    await done;
    const [note = '', ...kept] = text().trimEnd().split('\n');
    const gone = Number(/^── (\d[\d,]*) lines/.exec(note)?.[1]?.replace(',', ''));
    assert.deepEqual(kept, lines.slice(gone));
  });

  it('keeps the line about skipped output', async () => {
    const steps = Array.from({ length: 300 }, () => [line('x'.repeat(9)), 100] as const).flat();
    const { clock, text, done } = tailing([[{ kind: 'gap', cause: 'skipped', bytes: 2 ** 30 }, ...steps]], {
      maxChars: 2000,
    });
    await clock.advance(30_000);
    await done;
    const [heading = '', note = '', ...kept] = text().trimEnd().split('\n');
    assert.match(heading, /^── 1\.0 GiB of earlier output /);
    assert.match(note, new RegExp(`^── ${String(300 - kept.length)} lines of earlier output `));
  });

  it('shows the end of one line that is longer than the maximum size', async () => {
    const pieces = Array.from({ length: 50 }, (_, n) => line(String(n % 10).repeat(100), { open: true }));
    const { text, most, done } = tailing([pieces], { maxChars: 1000 });
    await done;
    assert.ok(most() <= 1000);
    assert.ok(text().endsWith('9\n'));
  });
});

describe('tail: connection failures', () => {
  it('resumes after the last line, and repeats none', async () => {
    const { clock, opened, text, done } = tailing([[line('one'), line('two'), offline], [line('three')]]);
    await clock.advance(1000);
    await done;
    assert.equal(text(), 'one\ntwo\nthree\n');
    assert.deepEqual(opened, [{ at: 'start' }, { at: 'cursor', cursor: 'two' }]);
  });

  it('shows the received text during the pause', async () => {
    const { clock, text, stop } = tailing([[line('one'), offline]]);
    await settle();
    assert.equal(text(), 'one\n');
    stop.abort();
    await clock.advance(0);
  });

  it('completes the line that was unfinished when the connection failed', async () => {
    const { clock, text, done } = tailing([
      [partial('hal'), offline],
      [line('half'), line('next')],
    ]);
    await clock.advance(1000);
    await done;
    assert.equal(text(), 'half\nnext\n');
  });

  it('resumes in the middle of a long line', async () => {
    const { clock, text, done } = tailing([[line('aa', { open: true }), offline], [line('bb')]]);
    await clock.advance(1000);
    await done;
    assert.equal(text(), 'aabb\n');
  });

  it('waits 1, 2, 4 … 30 s between attempts, and 1 s again after a success', async () => {
    const sources = [...Array.from({ length: 8 }, () => [offline]), [line('one'), offline], [line('two')]];
    const { clock, opened, done } = tailing(sources);
    const waits: number[] = [];
    let seen = 1;
    let last = 0;
    for (let second = 1; second <= 140; second++) {
      await clock.advance(1000);
      if (opened.length > seen) {
        waits.push(second - last);
        last = second;
        seen = opened.length;
      }
    }
    await done;
    assert.deepEqual(waits, [1, 2, 4, 8, 16, 30, 30, 30, 1]);
  });

  it('reports lost output only if the source does', async () => {
    const { clock, text, done } = tailing([
      [line('one'), offline],
      [{ kind: 'gap', cause: 'lost', lines: 3 }, line('five')],
    ]);
    await clock.advance(1000);
    await done;
    assert.equal(text(), 'one\n── 3 lines not received ──\nfive\n');
  });

  it('stops if the source fails for another reason', async () => {
    const refused = new JobError({ kind: 'gone', name: 'j1' });
    const { text, done } = tailing([[line('one'), refused]]);
    await assert.rejects(done, (error) => error === refused);
    assert.equal(text(), 'one\n');
  });

  it('stops without delay when aborted, also during a pause, and leaves no timer', async () => {
    const { clock, stop, done } = tailing([[line('one'), partial('a'), partial('b'), offline]]);
    await clock.advance(500);
    stop.abort();
    await assert.rejects(done, { name: 'AbortError' });
    assert.equal(clock.sleepers(), 0);
  });

  it('resumes after the skipped part if the connection fails before the first line', async () => {
    const { clock, opened, text, done } = tailing(
      [[{ kind: 'gap', cause: 'skipped', bytes: 5000, before: 'b' }, offline], [line('one')]],
      { from: { at: 'end', bytes: 10 } },
    );
    await clock.advance(1000);
    await done;
    assert.deepEqual(opened[1], { at: 'cursor', cursor: 'b' });
    assert.match(text(), /^── 4\.9 KiB of [^\n]* ──\none\n$/);
  });

  it('does not use the sink after it is aborted, even with collected text', async () => {
    const { clock, stop, calls, done } = tailing([
      [line('one'), 100, line('two'), partial('thr'), 3_600_000],
    ]);
    await clock.advance(110);
    assert.deepEqual(calls, ['one\n']);
    stop.abort();
    await assert.rejects(done, { name: 'AbortError' });
    await clock.advance(20_000);
    assert.deepEqual(calls, ['one\n']);
  });

  it('does not use the sink after it is aborted, even if the source ignores the signal', async () => {
    const { clock, stop, calls, done } = tailing([[line('one'), new Promise(() => undefined)]]);
    await settle();
    stop.abort();
    await clock.advance(20_000);
    assert.deepEqual(calls, []);
    assert.equal(clock.sleepers(), 0);
    // The source is still waiting, and so is the tail.
    assert.equal(await Promise.race([done, settle().then(() => 'waits')]), 'waits');
  });

  it('does not open the source if it is already aborted', async () => {
    let opened = 0;
    async function* source(): AsyncGenerator<LogEvent> {
      opened++;
      yield* [];
    }
    const sink = { append: () => undefined, replaceAll: () => undefined };
    await assert.rejects(
      tailLog(() => toBatches(source()), sink, optionsOf(fakeClock()), AbortSignal.abort()),
      {
        name: 'AbortError',
      },
    );
    assert.equal(opened, 0);
  });

  it('leaves no timer when the log ends', async () => {
    const { clock, done } = tailing([[partial('10%'), partial('20%')]]);
    await done;
    assert.equal(clock.sleepers(), 0);
  });

  it('fails with the error of the sink, which then gets no more text', async () => {
    const clock = fakeClock();
    let calls = 0;
    const sink = {
      append: () => {
        calls++;
        throw new Error('the channel is closed');
      },
      replaceAll: () => undefined,
    };
    const read: string[] = [];
    async function* source(): AsyncGenerator<LogEvent> {
      yield partial('one');
      await clock.sleep(1000, new AbortController().signal);
      for (const text of ['one', 'two', 'three']) {
        read.push(text);
        yield line(text);
      }
    }
    const unhandled = await unhandledIn(async () => {
      const done = assert.rejects(
        tailLog(() => toBatches(source()), sink, optionsOf(clock), new AbortController().signal),
        /is closed/,
      );
      await clock.advance(2000);
      await done;
    });
    assert.deepEqual(unhandled, []);
    assert.equal(calls, 1);
    assert.deepEqual(read, ['one']);
  });
});
