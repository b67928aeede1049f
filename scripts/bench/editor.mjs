// A real VS Code in a real browser, for figures that only its own extension host can provide.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packExtension } from '../package.mjs';

/** @typedef {import('./editorProcess.ts').Asked} Asked */
/** @typedef {import('./editorProcess.ts').Answer} Answer */

/**
 * Packs the extension and installs it in VS Code; installs VS Code and a browser if they are missing.
 *
 * @param {import('./frame.mjs').Context} context
 * @param {Asked} asked
 * @returns {Promise<Answer>}
 */
export async function inEditor({ temp, say }, asked) {
  say('Setting up VS Code …');
  await packExtension();
  const own = join(temp, 'editor');
  await mkdir(own, { recursive: true });
  const child = fork(
    fileURLToPath(new URL('editorProcess.ts', import.meta.url)),
    [own, JSON.stringify(asked)],
    {
      execArgv: ['--import', import.meta.resolve('tsx')],
      // The set-up's output is not part of the table.
      stdio: ['ignore', process.stderr, 'inherit', 'ipc'],
    },
  );
  const [answer] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('VS Code could not be used'))),
  ]);
  return /** @type {Answer} */ (answer);
}
