import assert from 'node:assert/strict';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import Mocha from 'mocha';
import * as vscode from 'vscode';

const id = 'batch-jobs.batch-jobs';

/** A delay below perception, in milliseconds; an idle machine needs a tenth of it. */
const activationMs = 1000;

/** Maximum time that listing jobs blocks other work, in milliseconds. */
const blockMs = 50;

/** Jobs on the disk before the host starts. */
const jobs = 500;

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly default?: unknown }>> };
  };
}

/** Prints a measured figure next to the names of the tests. */
const report = (text: string): void => {
  Mocha.reporters.Base.consoleLog(`      ${text}`);
};

describe('the extension in its host', () => {
  const extension = (): vscode.Extension<unknown> => {
    const found = vscode.extensions.getExtension(id);
    assert.ok(found, `${id} is not installed`);
    return found;
  };
  const manifest = (): Manifest => extension().packageJSON as Manifest;

  it('stays inactive until it is used', () => {
    assert.equal(extension().isActive, false);
  });

  it('activates quickly', async () => {
    const started = performance.now();
    await extension().activate();
    const took = performance.now() - started;
    report(`activated in ${took.toFixed(0)} ms`);
    assert.ok(took < activationMs, `it took ${took.toFixed(0)} ms`);
  });

  it('lists 500 jobs without blocking other work', async () => {
    const delay = monitorEventLoopDelay({ resolution: 5 });
    const blocks: number[] = [];
    const started = performance.now();
    const page = async (command: string, ...args: readonly string[]): Promise<void> => {
      delay.reset();
      delay.enable();
      await vscode.commands.executeCommand(command, ...args);
      delay.disable();
      blocks.push(delay.max / 1e6);
    };
    await vscode.commands.executeCommand('batchJobs.jobs.focus');
    await page('batchJobs.refresh');
    for (let known = 20; known < jobs; known += 20) await page('batchJobs.loadMore', 'local');
    const took = performance.now() - started;
    const [median = NaN, longest = NaN] = [blocks.length >> 1, blocks.length - 1].map(
      (index) => [...blocks].sort((a, b) => a - b)[index],
    );
    report(
      `listed ${jobs} jobs in ${blocks.length} pages in ${took.toFixed(0)} ms; ` +
        `longest block of a page: median ${median.toFixed(0)} ms, most ${longest.toFixed(0)} ms`,
    );
    // The maximum depends on the load of the machine; the extension's own cost shows in every page.
    assert.ok(median < blockMs, `others waited ${median.toFixed(0)} ms`);
    await vscode.commands.executeCommand('batchJobs.showRecord', 'local/1');
    assert.match(vscode.window.activeTextEditor?.document.uri.path ?? '', /^\/Raw data of old1\.py \(1\)/);
  });

  it('offers every command in its manifest', async () => {
    const offered = new Set(await vscode.commands.getCommands(true));
    const missing = manifest().contributes.commands.filter(({ command }) => !offered.has(command));
    assert.deepEqual(missing, []);
  });

  it('has the default of each setting in its manifest', () => {
    for (const [key, { default: usual }] of Object.entries(manifest().contributes.configuration.properties))
      assert.deepEqual(vscode.workspace.getConfiguration().inspect(key)?.defaultValue, usual, key);
  });
});
