// A process like VS Code's extension host with the extension active, measured while idle.
'use strict';
const { createHook } = require('node:async_hooks');
const fs = require('node:fs');
const { tmpdir } = require('node:os');
const { dirname, join } = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

/** @typedef {{ hidden: Seen, visible: Seen }} Answer */
/**
 * @typedef {{ timers: number, work: number, held: number }} Seen work: requests to the system; held: active
 *   timers and watchers
 */

const [, , program = '', manifest = '', ms = ''] = process.argv;
const editor = require('./editorStub.cjs');

/** @type {string[]} */
const begun = [];
createHook({
  init: (_, type) => void (/^(PROMISE|TickObject|Immediate)$/.test(type) || begun.push(type)),
}).enable();

const store = fs.mkdtempSync(join(tmpdir(), 'batch-jobs-idle-'));
const context = {
  subscriptions: [],
  globalStorageUri: { fsPath: store },
  extensionPath: dirname(dirname(program)),
  extension: { packageJSON: JSON.parse(fs.readFileSync(manifest, 'utf8')) },
  globalState: { get: () => undefined, update: async () => undefined },
  secrets: { get: async () => undefined, onDidChange: () => ({ dispose: () => undefined }) },
};

const heldNow = () => process.getActiveResourcesInfo().filter((type) => /Timeout|FSEvent/.test(type)).length;

/** Counts what starts within some time, and what is active at its end. @returns {Promise<Seen>} */
async function watched() {
  await sleep(1_500); // lets earlier work finish
  const held = heldNow();
  const done = sleep(Number(ms));
  begun.length = 0; // the timer of this wait is not counted
  await done;
  const seen = [...begun];
  const timers = seen.filter((type) => type === 'Timeout').length;
  return { timers, work: seen.length - timers, held };
}

async function main() {
  await sleep(50);
  const own = heldNow();
  const { activate } = require(program);
  await activate(context);
  const [view] = editor.views;
  view?.tell(true);
  const visible = await watched();
  view?.tell(false);
  const hidden = await watched();
  process.send?.({ visible, hidden: { ...hidden, held: hidden.held - own } });
}

main()
  .catch((error) => {
    console.error(error);
    process.exitCode = 1;
  })
  .finally(() => {
    fs.rmSync(store, { recursive: true, force: true });
    process.exit();
  });
