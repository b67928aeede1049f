import assert from 'node:assert/strict';
import { runWizard, type WizardStep } from '../../../src/commands/wizard.js';

type Move = 'next' | 'back' | 'leave';

/** A wizard over texts in which each question appends its id; `moves` are the user's, in order. */
function walking(...moves: readonly Move[]) {
  const seen: string[] = [];
  const left = [...moves];
  const ask = (id: string): WizardStep<string> => ({
    id,
    run: (state, { step = 0, of = 0, canGoBack = false }) => {
      seen.push(`${id} ${String(step)}/${String(of)}${canGoBack ? ' back' : ''} ${state}`);
      const move = left.shift();
      if (move === undefined) throw new Error(`no move for ${id}`);
      if (move === 'back') return Promise.resolve({ kind: 'back' });
      if (move === 'leave') return Promise.resolve({ kind: 'left' });
      return Promise.resolve({ kind: 'value', value: state.includes(id) ? state : state + id });
    },
  });
  return { seen, ask };
}

describe('wizard', () => {
  it('shows one question after the other and counts the review as the last step', async () => {
    const { seen, ask } = walking('next', 'next');
    assert.equal(await runWizard(() => [ask('a'), ask('b')], ''), 'ab');
    assert.deepEqual(seen, ['a 1/3 ', 'b 2/3 back a']);
  });

  it('goes back with the current answers', async () => {
    const { seen, ask } = walking('next', 'next', 'back', 'back', 'next', 'next', 'next');
    assert.equal(await runWizard(() => [ask('a'), ask('b'), ask('c')], ''), 'abc');
    assert.deepEqual(
      seen.map((line) => line.split(' ')[0]),
      ['a', 'b', 'c', 'b', 'a', 'b', 'c'],
    );
    assert.equal(seen[4], 'a 1/4 ab');
  });

  it('returns undefined if it is dismissed', async () => {
    const { ask } = walking('next', 'leave');
    assert.equal(await runWizard(() => [ask('a'), ask('b')], ''), undefined);
  });

  it('returns undefined if the user goes back from the first question', async () => {
    const { ask } = walking('back');
    assert.equal(await runWizard(() => [ask('a')], ''), undefined);
  });

  it('starts at a later question, from which the user can go back to the first', async () => {
    const { seen, ask } = walking('back', 'next', 'next');
    assert.equal(await runWizard(() => [ask('a'), ask('b')], 'ab', { beginAt: 1 }), 'ab');
    assert.deepEqual(
      seen.map((line) => line.split(' ')[0]),
      ['b', 'a', 'b'],
    );
  });

  it('shows the questions that the current answers require', async () => {
    const { seen, ask } = walking('next', 'next', 'next');
    const asks = (state: string) => (state.includes('a') ? [ask('a'), ask('x'), ask('y')] : [ask('a')]);
    assert.equal(await runWizard(asks, ''), 'axy');
    assert.deepEqual(seen, ['a 1/2 ', 'x 2/4 back a', 'y 3/4 back ax']);
  });

  it('returns its initial value if there are no questions', async () => {
    assert.equal(await runWizard(() => [], 'as it is'), 'as it is');
  });
});
