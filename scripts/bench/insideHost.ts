// Runs inside VS Code's extension host next to the extension: runs the benchmark's task and writes its
// result.
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import * as vscode from 'vscode';
import { createFolderBundler } from '../../src/bundle/bundler.js';
import { answer, type Answer as Packed } from './packing.js';
import { measured, type Answer as Drawn } from './treeRounds.js';

/** The task; BENCH_ASKED names the file with it. */
export interface Asked {
  /** Folders to bundle one after the other. */
  readonly folders: readonly string[];
  readonly tree?: { readonly jobs: number; readonly changed: number; readonly rounds: number };
  readonly temp: string;
  /** The path of the result file. */
  readonly to: string;
}

/** The result. */
export interface Answer {
  /** Whether the extension was active although nothing of it was used. */
  readonly active: boolean;
  /** The longest time the event loop was blocked while the benchmark did nothing. */
  readonly calmMs: number;
  readonly packed: readonly Packed[];
  readonly drawn?: Drawn;
}

/** Time for the host to become idle after its start, in milliseconds. */
const restMs = 3000;

/** Duration of the observation before the first task, in milliseconds. */
const calmMs = 3000;

/** Called by VS Code. */
export async function run(): Promise<void> {
  const asked = JSON.parse(readFileSync(process.env['BENCH_ASKED'] ?? '', 'utf8')) as Asked;
  await setTimeout(restMs);
  const extension = vscode.extensions.getExtension('batch-jobs.batch-jobs');
  if (!extension) throw new Error('the extension is not installed');
  const active = extension.isActive;
  const program = join(extension.extensionPath, 'dist', 'bundleWorker.js');
  const bundler = createFolderBundler({ program, tempFolder: asked.temp });
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

/** The rows of a view that VS Code does not draw: requested here as VS Code would, and timed. */
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
