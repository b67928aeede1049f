// The extension when idle: no job runs, and the view is hidden or visible.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../run.mjs';
import { within } from './frame.mjs';

/** Duration of each observation, in milliseconds. */
const watchedMs = 15_000;

/**
 * Timers that a visible view may start meanwhile: two per round (every 10 s), and one every 30 s that updates ages.
 */
const mostTimers = 2 * 2 + 1;

const besideThis = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

/** @param {import('./frame.mjs').Context} context @returns {AsyncGenerator<import('./frame.mjs').Row>} */
export async function* rows({ extension, say }) {
  say(`idle: observed twice for ${watchedMs / 1000} s`);
  const args = [join(await extension(), 'main.js'), join(root, 'package.json'), String(watchedMs)];
  const child = fork(besideThis('idleChild.cjs'), args, {
    execArgv: ['--require', besideThis('editorStub.cjs')],
  });
  const [answer] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('the process with the idle extension exited'))),
  ]);
  const { hidden, visible } = /** @type {import('./idleChild.cjs').Answer} */ (answer);
  yield within('idle: requests to the system, view hidden', hidden.work, 0, 'calls');
  yield within('idle: timers started, view hidden', hidden.timers, 0, 'timers');
  yield within('idle: active timers and watchers, view hidden', hidden.held, 0, 'held');
  yield within(
    `idle: timers started in ${watchedMs / 1000} s, view visible`,
    visible.timers,
    mostTimers,
    'timers',
  );
}
