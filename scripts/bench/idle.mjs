// What the extension does while nobody needs anything: no job runs, and the view is hidden, or visible.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../run.mjs';
import { within } from './frame.mjs';

/** For how long each is watched, in milliseconds. */
const watchedMs = 15_000;

/** What a visible view may begin meanwhile: two timers a round, one each 10 s, and one for ages each 30 s. */
const mostTimers = 2 * 2 + 1;

const besideThis = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

/** @param {import('./frame.mjs').Context} context @returns {AsyncGenerator<import('./frame.mjs').Row>} */
export async function* rows({ extension, say }) {
  say(`idle: watched for twice ${watchedMs / 1000} s`);
  const args = [join(await extension(), 'main.js'), join(root, 'package.json'), String(watchedMs)];
  const child = fork(besideThis('idleChild.cjs'), args, {
    execArgv: ['--require', besideThis('editorStub.cjs')],
  });
  const [answer] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('the process with the idle extension ended'))),
  ]);
  const { hidden, visible } = /** @type {import('./idleChild.cjs').Answer} */ (answer);
  yield within('idle: requests to the system, view hidden', hidden.work, 0, 'calls');
  yield within('idle: timers begun, view hidden', hidden.timers, 0, 'timers');
  yield within('idle: timers and watchers held, view hidden', hidden.held, 0, 'held');
  yield within(
    `idle: timers begun in ${watchedMs / 1000} s, view visible`,
    visible.timers,
    mostTimers,
    'timers',
  );
}
