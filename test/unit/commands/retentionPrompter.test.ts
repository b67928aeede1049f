import assert from 'node:assert/strict';
import { createRetentionPrompter } from '../../../src/commands/retentionPrompter.js';
import type { TextPreview, MessageSeverity } from '../../../src/commands/ui.js';
import type { NoticeAction } from '../../../src/core/presentation/notice.js';
import type { ExpiredJob, RetentionAnswer } from '../../../src/core/domain/retention.js';

const job = (id: string, hasUnseenResults = false): ExpiredJob => ({
  id,
  name: `fit${id}.jl`,
  ended: new Date('2026-01-02T03:04:05Z'),
  hasUnseenResults,
});

/** Prompts a user who presses these buttons in order. */
async function ask(jobs: readonly ExpiredJob[], ...pressed: readonly (string | undefined)[]) {
  const texts: string[] = [];
  const buttons: (readonly string[])[] = [];
  const papers: TextPreview[] = [];
  const followed: NoticeAction[] = [];
  const ui = {
    showMessage: (_: MessageSeverity, text: string, offered: readonly string[] = []) => {
      texts.push(text);
      buttons.push(offered);
      const button = pressed[texts.length - 1];
      assert.ok(button === undefined || offered.includes(button), `${String(button)} is offered`);
      return Promise.resolve(button);
    },
    show: (paper: TextPreview) => Promise.resolve(void papers.push(paper)),
    runAction: (offer: NoticeAction) => Promise.resolve(void followed.push(offer)),
  };
  const answer: RetentionAnswer | undefined = await createRetentionPrompter(ui)({
    place: 'Local',
    settings: ['batchJobs.local.keepJobs', 'batchJobs.local.keepDays'],
    maxJobs: 200,
    maxDays: 60,
    jobs,
  });
  return { answer, texts, buttons, papers, followed };
}

describe('the prompt before old jobs are removed', () => {
  it('shows the number of jobs, the limits, and the number of jobs that were never opened', async () => {
    const { answer, texts, buttons } = await ask([job('1'), job('2'), job('3', true)], undefined);
    assert.equal(answer, undefined);
    assert.deepEqual(texts, [
      '3 finished jobs of Local exceed the retention limit (the newest 200, for 60 days). The jobs and their files are deleted only if you agree. The result files of 1 were never opened.',
    ]);
    assert.deepEqual(buttons, [['Review…', 'Open Settings']]);
  });

  it('opens the settings, which is not an answer', async () => {
    const { answer, followed } = await ask([job('1')], 'Open Settings');
    assert.equal(answer, undefined);
    assert.deepEqual(followed, [
      {
        kind: 'openSetting',
        title: 'Open Settings',
        target: '@id:batchJobs.local.keepJobs,batchJobs.local.keepDays',
      },
    ]);
  });

  it('requires that all jobs are shown before the user can agree, and marks those with unopened results', async () => {
    const jobs = Array.from({ length: 40 }, (_, at) => job(String(at), at === 7));
    const { papers, answer } = await ask(jobs, 'Review…', undefined);
    assert.equal(answer, undefined);
    const lines = papers[0]?.text.split('\n') ?? [];
    assert.equal(lines.filter((line) => /fit\d+\.jl$/.test(line)).length, 40);
    assert.deepEqual(
      lines.filter((line) => line.startsWith('*')),
      ['*  2026-01-02  7  fit7.jl'],
    );
    assert.match(papers[0]?.text ?? '', /batchJobs\.local\.keepJobs, batchJobs\.local\.keepDays/);
  });

  const both = [job('1'), job('2', true)];
  for (const [jobs, button, expected] of [
    [both, 'Delete 1 Without Unopened Results', 'removeSeen'],
    [both, 'Delete All 2', 'removeAll'],
    [both, 'Keep', 'keep'],
    [[job('1')], 'Delete 1', 'removeSeen'],
    [[job('1', true)], 'Delete All 1', 'removeAll'],
  ] as const)
    it(`returns ${expected} for "${button}"`, async () => {
      assert.equal((await ask(jobs, 'Review…', button)).answer, expected);
    });

  it('states that jobs are kept if all of them have unopened results', async () => {
    const { texts } = await ask([job('1', true), job('2', true)], undefined);
    assert.match(texts[0] ?? '', /their result files were never opened\. They are kept until you agree/);
  });
});
