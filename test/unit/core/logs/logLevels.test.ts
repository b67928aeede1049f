import assert from 'node:assert/strict';
import type { LogEvent } from '../../../../src/core/domain/log.js';
import { filterByLevel, type MinLogLevel } from '../../../../src/core/logs/logLevels.js';
import { toBatches } from '../../../../src/core/domain/logBatches.js';
import { eventsIn } from '../../../fakes/backendCalls.js';

const line = (text: string, level?: string, continues?: true): LogEvent => ({
  kind: 'line',
  text,
  next: text,
  ...(level === undefined ? {} : { level }),
  ...(continues ? { continues } : {}),
});

/** The shown part of these events: the texts of lines and partials, and `gap`. */
async function shown(least: MinLogLevel, ...events: readonly LogEvent[]): Promise<readonly string[]> {
  const given = (async function* () {
    await Promise.resolve();
    yield* events;
  })();
  const texts: string[] = [];
  for await (const event of eventsIn(filterByLevel(toBatches(given), least)))
    texts.push(event.kind === 'gap' ? 'gap' : event.text);
  return texts;
}

const levels = [line('d', 'debug'), line('i', 'info'), line('w', 'warn'), line('e', 'error')];

describe('fromLevel', () => {
  const cases: readonly (readonly [MinLogLevel, readonly string[]])[] = [
    ['all', ['d', 'i', 'w', 'e']],
    ['info', ['i', 'w', 'e']],
    ['warn', ['w', 'e']],
    ['error', ['e']],
  ];
  for (const [least, texts] of cases) {
    it(`shows ${texts.join(', ')} from ${least} on`, async () => {
      assert.deepEqual(await shown(least, ...levels), texts);
    });
  }

  it("shows a job's own output and unknown levels at every minimum", async () => {
    assert.deepEqual(await shown('error', line('plain'), line('odd', 'Audit'), line('none', '')), [
      'plain',
      'odd',
      'none',
    ]);
  });

  it('recognizes levels in any case, and their other names', async () => {
    const events = [line('a', 'WARNING'), line('b', 'Info'), line('c', 'FATAL'), line('d', 'notice')];
    assert.deepEqual(await shown('warn', ...events), ['a', 'c']);
  });

  it('shows or hides the lines of one message together', async () => {
    const events = [
      line('hidden', 'info'),
      line('its second', 'info', true),
      line('its third', undefined, true),
      line('shown', 'error'),
      line('at fit.jl:3', undefined, true),
      line('plain'),
    ];
    assert.deepEqual(await shown('error', ...events), ['shown', 'at fit.jl:3', 'plain']);
  });

  it('keeps partial lines and gaps', async () => {
    const events: readonly LogEvent[] = [
      line('hidden', 'debug'),
      { kind: 'partial', text: '10 %' },
      { kind: 'gap', cause: 'lost', lines: 3 },
    ];
    assert.deepEqual(await shown('error', ...events), ['10 %', 'gap']);
  });

  it('passes on a failure of the log', async () => {
    const broken = (async function* (): AsyncGenerator<LogEvent> {
      yield line('first');
      await Promise.reject(new Error('broken'));
    })();
    await assert.rejects(async () => {
      for await (const _ of filterByLevel(toBatches(broken), 'all'));
    }, /broken/);
  });
});
