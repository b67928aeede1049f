import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import * as vscode from 'vscode';

const id = 'batch-jobs.batch-jobs';

/** What is not felt as waiting, in milliseconds; a quiet machine takes a tenth of it. */
const activationMs = 1000;

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly default?: unknown }>> };
  };
}

describe('the extension in its host', () => {
  const extension = (): vscode.Extension<unknown> => {
    const found = vscode.extensions.getExtension(id);
    assert.ok(found, `${id} is not installed`);
    return found;
  };
  const manifest = (): Manifest => extension().packageJSON as Manifest;

  it('sleeps until something of it is used', () => {
    assert.equal(extension().isActive, false);
  });

  it('wakes up quickly', async () => {
    const started = performance.now();
    await extension().activate();
    const took = performance.now() - started;
    assert.ok(took < activationMs, `it took ${took.toFixed(0)} ms`);
  });

  it('offers every command that its manifest names', async () => {
    const offered = new Set(await vscode.commands.getCommands(true));
    const missing = manifest().contributes.commands.filter(({ command }) => !offered.has(command));
    assert.deepEqual(missing, []);
  });

  it('gives each setting the value that its manifest says', () => {
    for (const [key, { default: usual }] of Object.entries(manifest().contributes.configuration.properties))
      assert.deepEqual(vscode.workspace.getConfiguration().inspect(key)?.defaultValue, usual, key);
  });
});
