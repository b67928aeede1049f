// The cost of the extension before use, at activation, and from a click to the submission.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../run.mjs';
import { inEditor } from './editor.mjs';
import { median, times, within } from './frame.mjs';

/** Number of starts; a start is short and easily disturbed by other load. */
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
  yield within('start: activation events at the start of VS Code', early.length, 0, 'events');
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
    yield within('start: from the first click to the submission request', median(clicks), 100, 'ms');
  } finally {
    hub.disconnect();
  }
  const { woken } = await inEditor(context, { wakes: true, rounds: times });
  yield within('start: total activation time in an idle VS Code', median(woken), 30, 'ms');
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

/** The first message of a process. @param {import('node:child_process').ChildProcess} child */
async function messageOf(child) {
  const [message] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() =>
      Promise.reject(new Error('a process of the benchmark exited without output')),
    ),
  ]);
  return message;
}
