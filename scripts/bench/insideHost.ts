// Runs inside VS Code's extension host, beside the extension: does what the bench asks, and writes what came of it.
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import * as vscode from 'vscode';
import { folderBundler } from '../../src/bundle/bundler.js';
import { answer, type Answer as Packed } from './packing.js';
import { measured, type Answer as Drawn } from './treeRounds.js';

/** What it is asked to do; the name of the file that holds it is in BENCH_ASKED. */
export interface Asked {
  /** To be bundled one after the other. */
  readonly folders: readonly string[];
  readonly tree?: { readonly jobs: number; readonly changed: number; readonly rounds: number };
  readonly temp: string;
  /** Where its answer goes. */
  readonly to: string;
}

/** What came of it. */
export interface Answer {
  /** Whether the extension was active though nothing of it was used. */
  readonly active: boolean;
  /** The longest time for which the event loop could not turn while nothing of ours went on. */
  readonly calmMs: number;
  readonly packed: readonly Packed[];
  readonly drawn?: Drawn;
}

/** How long the host has to come to rest after its start, in milliseconds. */
const restMs = 3000;

/** For how long it is watched then, before anything is asked of it. */
const calmMs = 3000;

/** Called by VS Code. */
export async function run(): Promise<void> {
  const asked = JSON.parse(readFileSync(process.env['BENCH_ASKED'] ?? '', 'utf8')) as Asked;
  await setTimeout(restMs);
  const extension = vscode.extensions.getExtension('batch-jobs.batch-jobs');
  if (!extension) throw new Error('the extension is not installed');
  const active = extension.isActive;
  const program = join(extension.extensionPath, 'dist', 'bundleWorker.js');
  const bundler = folderBundler({ program, tempFolder: asked.temp });
  const calm = await blockedFor(calmMs);
  const packed: Packed[] = [];
  for (const folder of asked.folders) packed.push(await answer(bundler, { task: 'pack', folder }));
  const drawn = asked.tree && (await drawnIn(asked.tree));
  const found: Answer = { active, calmMs: calm, packed, ...(drawn && { drawn }) };
  appendFileSync(asked.to, JSON.stringify(found));
}

async function blockedFor(ms: number): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await setTimeout(ms);
  delay.disable();
  return delay.max / 1e6;
}

/** The rows of a view that VS Code itself does not draw: what it would ask for is asked for here, and timed. */
function drawnIn(tree: NonNullable<Asked['tree']>): Promise<Drawn> {
  const seen = new vscode.EventEmitter<{ readonly visible: boolean }>();
  const view = {
    visible: false,
    selection: [],
    onDidChangeVisibility: seen.event,
    onDidChangeSelection: new vscode.EventEmitter<never>().event,
    onDidExpandElement: new vscode.EventEmitter<never>().event,
    onDidCollapseElement: new vscode.EventEmitter<never>().event,
    dispose: () => undefined,
  };
  Object.assign(vscode.window, { createTreeView: () => view });
  return measured(tree, () => {
    view.visible = true;
    seen.fire(view);
  });
}
