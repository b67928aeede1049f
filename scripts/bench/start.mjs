// What the extension costs before it is used, when it wakes up, and from a click to the submission.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../run.mjs';
import { inEditor } from './editor.mjs';
import { median, times, within } from './frame.mjs';

/** How often it is started; a start is short, and much else happens on a machine. */
const starts = 15;

const manifest = join(root, 'package.json');
const besideThis = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

/** @param {import('./frame.mjs').Context} context @returns {AsyncGenerator<import('./frame.mjs').Row>} */
export async function* rows(context) {
  const { temp, extension } = context;
  const { activationEvents } = /** @type {{ activationEvents: readonly string[] }} */ (
    JSON.parse(await readFile(manifest, 'utf8'))
  );
  const early = activationEvents.filter((event) =>
    /^(\*|onStartupFinished|workspaceContains:.*)$/.test(event),
  );
  yield within('start: what wakes it up when VS Code starts', early.length, 0, 'events');
  const program = join(await extension(), 'main.js');
  const depot = join(temp, 'depot');
  const hub = fork(besideThis('hubChild.ts'), [depot], {
    execArgv: ['--import', import.meta.resolve('tsx')],
  });
  try {
    const server = await messageOf(hub);
    const wakings = (await started(program, '', depot)).map(({ load, activate }) => load + activate);
    yield within('start: activation', median(wakings), 30, 'ms');
    const clicks = (await started(program, String(server), depot)).map(({ click = NaN }) => click);
    yield within('start: from the first click to its submission on the way', median(clicks), 100, 'ms');
  } finally {
    hub.disconnect();
  }
  const { woken } = await inEditor(context, { wakes: true, rounds: times });
  yield within('start: activation in VS Code at rest, all of it', median(woken), 30, 'ms');
}

/** @param {string} program @param {string} server empty: only Local @param {string} depot */
async function started(program, server, depot) {
  /** @type {import('./startChild.cjs').Answer[]} */
  const answers = [];
  for (let start = 0; start < starts; start++) {
    const child = fork(besideThis('startChild.cjs'), [program, manifest, server], {
      execArgv: ['--require', besideThis('editorStub.cjs')],
      env: { ...process.env, JULIA_DEPOT_PATH: depot },
    });
    answers.push(await messageOf(child));
  }
  return answers;
}

/** The first thing that a process says. @param {import('node:child_process').ChildProcess} child */
async function messageOf(child) {
  const [message] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('a process of the bench ended without a word'))),
  ]);
  return message;
}
