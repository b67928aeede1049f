// A process like VS Code's extension host: activates the extension as it ships, and can click Submit Script.
'use strict';
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const http = require('node:http');
const { builtinModules } = require('node:module');
const { tmpdir } = require('node:os');
const { dirname, join } = require('node:path');
const { performance } = require('node:perf_hooks');

/**
 * @typedef {{ load: number, activate: number, click?: number, told: readonly string[] }} Answer ms; click:
 *   without the time the server takes
 */

const [, , program = '', manifest = '', server = ''] = process.argv;
const editor = /** @type {typeof globalThis & { benchEditor: typeof import('./editorStub.cjs') }} */ (
  globalThis
).benchEditor;

// VS Code itself has loaded these before any extension.
for (const name of builtinModules)
  if (!/^_|inspector|punycode|repl|sys|test|trace|wasi/.test(name)) require(name);
void globalThis.fetch;

/** @type {{ method: string, path: string, at: number, answered?: number }[]} */
const requests = [];
const request = http.request;
http.request = /** @type {typeof http.request} */ (
  (/** @type {Parameters<typeof http.request>} */ ...args) => {
    const sent = request(...args);
    /** @type {typeof requests[number]} */
    const entry = { method: sent.method, path: sent.path, at: performance.now() };
    requests.push(entry);
    sent.once('response', (response) => response.once('end', () => (entry.answered = performance.now())));
    return sent;
  }
);

/** @type {Map<string, unknown>} */
const memory = new Map();
const store = mkdtempSync(join(tmpdir(), 'batch-jobs-start-'));
const context = {
  subscriptions: [],
  globalStorageUri: { fsPath: store },
  extensionPath: dirname(dirname(program)),
  extension: { packageJSON: JSON.parse(readFileSync(manifest, 'utf8')) },
  globalState: {
    get: (/** @type {string} */ key) => memory.get(key),
    update: async (/** @type {string} */ key, /** @type {unknown} */ value) => void memory.set(key, value),
  },
  secrets: {
    get: async () => undefined,
    store: async () => undefined,
    delete: async () => undefined,
    onDidChange: () => ({ dispose: () => undefined }),
  },
};

/** Milliseconds from the click to the submission request, without the time the server took to respond. */
async function click() {
  const script = join(store, 'fit.jl');
  writeFileSync(script, 'println("hi")\n');
  const vscode = require('vscode');
  const document = { uri: vscode.Uri.file(script), isUntitled: false, getText: () => 'println("hi")\n' };
  editor.documents.push(document);
  // As after an earlier submission of the same script.
  const options = { node: 'm6/4/16' };
  memory.set('submit.connection', 'hub');
  memory.set(`submit.choices:${document.uri.toString()}`, { connection: 'hub', options });
  const before = requests.length;
  const start = performance.now();
  await editor.commands.get('batchJobs.submitScript')?.(document.uri);
  const all = requests.slice(before);
  const submission = all.findIndex(({ path, method }) => method !== 'GET' && path.includes('submit'));
  if (submission < 0) throw new Error(`nothing was submitted: ${JSON.stringify(all)} ${editor.told.join()}`);
  const end = all[submission]?.at ?? NaN;
  let waited = 0;
  let until = start;
  for (const { at, answered = end } of all.slice(0, submission)) {
    waited += Math.max(0, Math.min(answered, end) - Math.max(at, until));
    until = Math.max(until, answered);
  }
  return end - start - waited;
}

async function main() {
  if (server !== '') {
    const settings = { server };
    editor.settings['connections'] = [{ id: 'hub', kind: 'juliahub', title: 'JuliaHub', settings }];
    editor.settings['juliahub.allowHttpOnLoopback'] = true;
    editor.settings['openLogAfterSubmit'] = false;
  }
  const start = performance.now();
  const { activate } = require(program);
  const loaded = performance.now();
  await activate(context);
  const active = performance.now();
  const answer = { load: loaded - start, activate: active - loaded, told: editor.told };
  process.send?.(server === '' ? answer : { ...answer, click: await click() });
}

main()
  .catch((error) => {
    console.error(error);
    process.exitCode = 1;
  })
  .finally(() => {
    rmSync(store, { recursive: true, force: true });
    process.exit();
  });
