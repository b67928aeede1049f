import assert from 'node:assert/strict';
import type { LogEvent, LogPartial, LogText } from '../../../../src/core/domain/log.js';
import type { TailOptions } from '../../../../src/core/logs/logSink.js';
import { tailLog } from '../../../../src/core/logs/tailLog.js';
import { fakeClock } from '../../../fakes/clock.js';
import { toBatches } from '../../../../src/core/domain/logBatches.js';

const line = (text: string, more: Partial<LogText> = {}): LogText => ({
  kind: 'line',
  text,
  next: text,
  ...more,
});
const partial = (text: string): LogPartial => ({ kind: 'partial', text });

/**
 * Tails into a sink whose last line can be replaced every `everyMs`; a number among the events is a pause.
 */
function redrawing(
  steps: readonly (LogEvent | number)[],
  {
    everyMs = () => 1000,
    ...options
  }: Partial<TailOptions> & { readonly everyMs?: () => number | undefined } = {},
) {
  const clock = fakeClock();
  const stop = new AbortController();
  const replaced: number[] = [];
  let text = '';
  const sink = {
    append: (more: string) => {
      text += more;
    },
    replaceAll: (all: string) => {
      text = all;
    },
    redraw: {
      everyMs,
      replaceEnd: (chars: number, more: string) => {
        const kept = text.length - chars;
        assert.ok(kept >= 0 && !text.slice(kept).includes('\n'), 'only the last line is replaced');
        replaced.push(clock.now().getTime());
        text = text.slice(0, kept) + more;
      },
    },
  };
  const source = async function* (): AsyncGenerator<LogEvent> {
    for (const step of steps) {
      if (typeof step === 'number') await clock.sleep(step, stop.signal);
      else yield step;
    }
  };
  const settings: TailOptions = {
    from: { at: 'start' },
    maxChars: 100_000,
    times: 'none',
    startedAt: undefined,
    clock,
    ...options,
  };
  const done = tailLog(() => toBatches(source()), sink, settings, stop.signal);
  done.catch(() => undefined);
  return { clock, stop, done, replaced, text: () => text };
}

const bar = (count: number): readonly (LogEvent | number)[] =>
  Array.from({ length: count }, (_, n) => [partial(`${String(n)} of ${String(count)}`), 100] as const).flat();

describe('tail: a sink whose last line can be replaced', () => {
  it('shows a progress bar in one line, which is replaced once a second', async () => {
    const { clock, done, replaced, text } = redrawing([
      line('one'),
      ...bar(100),
      line('100 of 100'),
      line('two'),
    ]);
    await clock.advance(5_500);
    assert.match(text(), /^one\n\d+ of 100$/);
    const shown = Number(/(\d+) of/.exec(text())?.[1]);
    assert.ok(shown >= 44 && shown <= 55, String(shown));
    await clock.advance(10_000);
    await done;
    assert.equal(text(), 'one\n100 of 100\ntwo\n');
    assert.ok(replaced.length >= 9 && replaced.length <= 12, String(replaced.length));
    // The last one is not delayed: the log has ended.
    const gaps = replaced.slice(1, -1).map((at, index) => at - (replaced[index] ?? 0));
    assert.ok(
      gaps.every((gap) => gap >= 1000),
      gaps.join(' '),
    );
  });

  it('keeps lines in order while a replacement is delayed, by at most a second', async () => {
    const { clock, text, stop } = redrawing([
      partial('1'),
      60,
      partial('2'),
      60,
      line('3'),
      line('next'),
      3_600_000,
    ]);
    await clock.advance(120);
    assert.equal(text(), '2');
    await clock.advance(1000);
    assert.equal(text(), '3\nnext\n');
    stop.abort();
  });

  it('appends if the shown text continues, and replaces it otherwise', async () => {
    const { clock, done, replaced, text } = redrawing([
      partial('a'),
      2000,
      partial('ab'),
      2000,
      partial('abc'),
      2000,
      partial('xy'),
      2000,
      line('xyz'),
    ]);
    await clock.advance(9_000);
    await done;
    assert.equal(text(), 'xyz\n');
    assert.equal(replaced.length, 1);
  });

  it('keeps the previous pieces of a long line', async () => {
    const { clock, done, text } = redrawing([
      line('aa', { open: true }),
      partial('1%'),
      2000,
      partial('2%'),
      2000,
      line('3%'),
    ]);
    await clock.advance(5_000);
    await done;
    assert.equal(text(), 'aa3%\n');
  });

  it('also replaces the time stamp before the line', async () => {
    const at = new Date(2026, 2, 5, 9, 5, 1);
    const { clock, done, text } = redrawing(
      [{ ...partial('1%'), at }, 2000, { ...partial('2%'), at }, 2000, line('3%', { at })],
      { times: 'clock' },
    );
    await clock.advance(5_000);
    await done;
    assert.equal(text(), '09:05:01 3%\n');
  });

  it('shows a line for each ten percent if the sink contains too much to replace', async () => {
    const steps = Array.from({ length: 35 }, (_, n) => [partial(`${String(n)}%`), 100] as const).flat();
    const { clock, replaced, text, done } = redrawing([line('one'), ...steps], { everyMs: () => undefined });
    await clock.advance(5_000);
    await done;
    assert.equal(text(), 'one\n0%\n10%\n20%\n30%\n34%\n');
    assert.deepEqual(replaced, []);
  });

  it('changes to such lines when the sink contains too much', async () => {
    let isSmall = true;
    const { clock, text, done } = redrawing(
      [partial('1%'), 2000, partial('2%'), 2000, partial('3%'), 2000, partial('50%'), 2000, line('100%')],
      { everyMs: () => (isSmall ? 1000 : undefined) },
    );
    await clock.advance(3_500);
    isSmall = false;
    await clock.advance(10_000);
    await done;
    assert.equal(text(), '2%\n50%\n100%\n');
  });

  it('counts the characters correctly when the sink becomes full in the middle of a bar', async () => {
    const { clock, text, done } = redrawing(
      [...Array.from({ length: 60 }, (_, n) => line(`line ${String(n)}`)), ...bar(40), line('done')],
      { maxChars: 400 },
    );
    await clock.advance(20_000);
    await done;
    assert.ok(text().length <= 400);
    assert.match(text(), /^── \d+ lines of earlier output [^\n]*\n(line \d+\n)+done\n$/);
    const [gone = NaN, first = NaN] = [/── (\d+)/, /\nline (\d+)/].map((part) =>
      Number(part.exec(text())?.[1]),
    );
    assert.equal(gone, first);
  });

  it('loses and repeats no line among random progress bars', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      let state = seed;
      const below = (most: number): number => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        return Math.floor((state / 2 ** 32) * most);
      };
      const steps: (LogEvent | number)[] = [];
      const expected: string[] = [];
      for (let n = 0; n < 60; n++) {
        for (let drawn = below(4); drawn > 0; drawn--)
          steps.push(partial('#'.repeat(below(5)) + String(below(9))), below(3) * 300);
        if (below(5) === 0) steps.push(line('long ', { open: true }));
        const text = steps.at(-1) === undefined ? '' : `line ${String(n)}`;
        const last = steps.at(-1);
        expected.push(typeof last === 'object' && last.kind === 'line' && last.open ? `long ${text}` : text);
        steps.push(line(text), below(2) * 40);
      }
      const { clock, text, done } = redrawing(steps);
      await clock.advance(200_000);
      await done;
      assert.equal(text(), `${expected.join('\n')}\n`, `seed ${String(seed)}`);
    }
  });
});
