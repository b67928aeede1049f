// The view with many jobs: a refresh that changes some of them, and the first rows.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { compiled, median, times, within } from './frame.mjs';

export const grows = true;

const stub = fileURLToPath(new URL('editorStub.cjs', import.meta.url));

/** @param {import('./frame.mjs').Context} context @returns {AsyncGenerator<import('./frame.mjs').Row>} */
export async function* rows({ temp, scale }) {
  const program = await compiled('scripts/bench/treeChild.ts', temp);
  const jobs = 10_000 * scale;
  const changed = 100 * scale;
  /** @type {import('./treeRounds.ts').Answer[]} */
  const answers = [];
  for (let round = 0; round < times; round++) {
    const args = [String(jobs), String(changed), '10'];
    const child = fork(program, args, { execArgv: ['--require', stub] });
    const [answer] = await once(child, 'message');
    answers.push(answer);
  }
  const worst = (/** @type {'drawn' | 'needless'} */ name) =>
    Math.max(...answers.map((answer) => answer[name]));
  yield within(
    `tree: a round of ${jobs} jobs, ${changed} changed`,
    median(answers.flatMap((answer) => answer.rounds)),
    30,
    'ms',
  );
  yield within('tree: unchanged rows redrawn', worst('needless'), 0, 'rows');
  yield within(
    'tree: the first 20 rows after the answer',
    median(answers.map(({ first }) => first)),
    50,
    'ms',
  );
}
