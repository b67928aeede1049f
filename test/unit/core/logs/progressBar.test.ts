import assert from 'node:assert/strict';
import { findProgress, parseProgress, reportProgress } from '../../../../src/core/logs/progressBar.js';
import { toBatches } from '../../../../src/core/domain/logBatches.js';
import { lineEvents } from '../../../fakes/jobs.js';

describe('parseProgress', () => {
  const bars: readonly (readonly [string, number])[] = [
    [' 45%|████▌     | 45/100 [00:45<00:55,  1.00s/it]', 45],
    ['epoch 3: 100%|██████████| 10/10 [00:01<00:00,  9.99it/s, loss=0.5]', 100],
    ['Progress:  45%|███████▌         |  ETA: 0:00:12', 45],
    ['\u001b[32mProgress:   2%|▏        |\u001b[39m', 2],
  ];
  const unfinished: readonly (readonly [string, number])[] = [
    ['45%', 45],
    ['copying 45.5 %', 45.5],
    ['[####      ] 45%', 45],
    ['45% [========>          ] 1,234  1.2MB/s', 45],
    ['Working... ━━━━━━━━━━ 45% 0:00:03', 45],
    ['(45%)', 45],
  ];

  it('recognizes progress bars, complete and unfinished', () => {
    for (const [text, percent] of bars) {
      assert.equal(parseProgress(text, false), percent, text);
      assert.equal(parseProgress(text, true), percent, text);
    }
  });

  it('recognizes a percentage in a line that is redrawn', () => {
    for (const [text, percent] of unfinished) {
      assert.equal(parseProgress(text, true), percent, text);
      assert.equal(parseProgress(text, false), undefined, text);
    }
  });

  it('ignores other percentages', () => {
    for (const text of [
      'accuracy: 97% of the samples',
      '146%',
      '-3%',
      'no percentage',
      '50%off',
      `${' '.repeat(2_000)}5%|`,
    ])
      // prettier-ignore
      assert.equal(parseProgress(text, true), undefined, text);
  });
});

describe('findProgress', () => {
  it('takes the last bar of a batch', async () => {
    assert.equal(findProgress(lineEvents(' 10%|█ | 1/10', ' 20%|██ | 2/10')), 20);
    assert.equal(findProgress([{ kind: 'partial', text: '30%' }]), 30);
    assert.equal(findProgress([{ kind: 'gap', cause: 'lost' }]), undefined);
    const seen: number[] = [];
    const events = toBatches(
      (async function* () {
        await Promise.resolve();
        yield* lineEvents('a', ' 10%|█ | 1/10', 'b');
      })(),
    );
    let batches = 0;
    for await (const batch of reportProgress(events, (percent) => seen.push(percent)))
      batches += batch.length;
    assert.deepEqual([batches, seen], [3, [10]]);
  });
});
