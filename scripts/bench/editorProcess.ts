// Starts VS Code with the packed extension, opens windows one after the other, and runs a program inside the
// extension host of each.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { launchBrowser, openWindow } from '../../test/editor/harness/browser.js';
import { packedExtension } from '../../test/editor/harness/packed.js';
import { startServer, type EditorServer } from '../../test/editor/harness/server.js';
import type { Workbench } from '../../test/editor/harness/workbench.js';
import { installVsix } from '../../test/editor/launch.mjs';
import { setupServer } from '../../test/editor/setup.mjs';
import { root } from '../run.mjs';
import type { Answer as Inside, Asked as AskedInside } from './insideHost.js';

/** The task and how often to run it, each time in a new window and extension host. */
export interface Asked {
  readonly inside?: Pick<AskedInside, 'folders' | 'tree'>;
  /** Activates the extension by opening its view. */
  readonly wakes?: boolean;
  readonly rounds: number;
}

/** The result of a run. */
export interface Answer {
  readonly inside: readonly Inside[];
  /** Activation time that VS Code reports, in milliseconds. */
  readonly woken: readonly number[];
  /** The version of VS Code. */
  readonly version: string;
}

/** Timeout for the program inside the extension host, in milliseconds. */
const patienceMs = 180_000;

const [, , temp = '', askedText = ''] = process.argv;

async function main({ inside, wakes, rounds }: Asked): Promise<Answer> {
  const browser = await launchBrowser();
  try {
    const times = Array.from({ length: rounds }, (_, round) => round);
    const version = (await setupServer()).vscode;
    return {
      version,
      inside: inside ? await inHosts(browser, inside, times) : [],
      woken: wakes ? await wakings(browser, times) : [],
    };
  } finally {
    await browser.close();
  }
}

async function inHosts(
  browser: Browser,
  asked: NonNullable<Asked['inside']>,
  rounds: readonly number[],
): Promise<Inside[]> {
  const [file, to] = [join(temp, 'asked.json'), join(temp, 'answer.json')];
  writeFileSync(file, JSON.stringify({ ...asked, temp, to } satisfies AskedInside));
  const program = await compiledInside();
  const extension = await unpacked();
  const server = await startServer({ vsix: [], driven: true, env: { BENCH_ASKED: file } });
  const answers: Inside[] = [];
  try {
    for (const _ of rounds) {
      rmSync(to, { force: true });
      await runInside(browser, server, extension, program);
      if (!existsSync(to)) throw new Error(`the extension host returned nothing:\n${server.log()}`);
      answers.push(JSON.parse(readFileSync(to, 'utf8')) as Inside);
    }
    return answers;
  } finally {
    await server.stop();
  }
}

async function compiledInside(): Promise<string> {
  const outfile = join(temp, 'inside.cjs');
  await build({
    entryPoints: [join(root, 'scripts', 'bench', 'insideHost.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['vscode'],
    logLevel: 'error',
  });
  return outfile;
}

/** The folder into which VS Code installs the packed extension. */
async function unpacked(): Promise<string> {
  const place = { user: join(temp, 'user'), extensions: join(temp, 'extensions') };
  for (const folder of Object.values(place)) mkdirSync(folder, { recursive: true });
  await installVsix(await setupServer(), place, packedExtension());
  const name = readdirSync(place.extensions).find((one) => one.startsWith('batch-jobs.batch-jobs-'));
  if (name === undefined) throw new Error('the packed extension was not installed');
  return join(place.extensions, name);
}

/** Source: VS Code's `browser` automation: a page's `payload` names both, `codeAutomationExit` takes the result. */
async function runInside(
  browser: Browser,
  server: EditorServer,
  extension: string,
  program: string,
): Promise<void> {
  const page = await browser.newPage();
  const done = new Promise<number>((resolve, reject) => {
    AbortSignal.timeout(patienceMs).addEventListener('abort', () => {
      reject(new Error(`the program in the extension host did not finish within ${patienceMs / 1000} s`));
    });
    void page.exposeFunction('codeAutomationLog', () => undefined);
    void page.exposeFunction('codeAutomationExit', resolve);
  });
  const remote = (path: string): string => `vscode-remote://${new URL(server.url).host}${path}`;
  const payload = JSON.stringify([
    ['extensionDevelopmentPath', remote(extension)],
    ['extensionTestsPath', remote(program)],
  ]);
  await page.goto(`${server.folderUrl()}&payload=${encodeURIComponent(payload)}`);
  const code = await done;
  await page.close();
  if (code !== 0) throw new Error(`the program in the extension host failed:\n${server.log()}`);
}

/**
 * Time for VS Code to become idle after its start: until then its built-in extensions share the host with
 * ours.
 */
const restMs = 5000;

/**
 * The activation time VS Code reports, measured in a separate window each: loading, calling, and finishing
 * together, in milliseconds.
 */
async function wakings(browser: Browser, rounds: readonly number[]): Promise<number[]> {
  const server = await startServer({ vsix: [packedExtension()] });
  const woken: number[] = [];
  try {
    for (const _ of rounds) {
      const window = await openWindow(browser, server.folderUrl());
      await setTimeout(restMs);
      await window.views.open('Batch Jobs');
      await setTimeout(1000);
      woken.push(await wakingTold(window));
      await window.page.context().close();
    }
    return woken;
  } finally {
    await server.stop();
  }
}

/** Reads the table of all extensions that `Developer: Startup Performance` writes. */
async function wakingTold(window: Workbench): Promise<number> {
  await window.command('Developer: Startup Performance');
  const row = window.page.locator('.view-line', { hasText: /^\|\s*batch-jobs\.batch-jobs/ }).first();
  await window.page.locator('.view-line').first().waitFor();
  // Only visible lines are in the DOM.
  for (let page = 0; page < 40 && (await row.count()) === 0; page++) {
    await window.page.keyboard.press('PageDown');
    await setTimeout(100);
  }
  const [, , , ...times] = (await row.innerText()).split('|').map((cell) => Number(cell));
  const [load = NaN, call = NaN, finish = NaN] = times;
  return load + call + finish;
}

process.once('disconnect', () => {
  process.exit();
});

main(JSON.parse(askedText) as Asked).then(
  (answer) => {
    process.send?.(answer, () => {
      process.disconnect();
    });
  },
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
