import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { chosenServer } from '../setup.mjs';
import { ready } from './batchJobs.js';
import { launchBrowser, openWindow, type WindowOptions } from './browser.js';
import { packedExtension } from './packed.js';
import { startServer, type EditorServer, type ServerOptions } from './server.js';
import type { Workbench } from './workbench.js';

/** Timeout for starting a server, a browser, and a window, in milliseconds. */
const startMs = 120_000;
/** Timeout of one test in an editor, in milliseconds. */
const testMs = 90_000;

/** Folder for a failed test's pictures of each window and logs, even if the retry passes. */
const artifacts = fileURLToPath(new URL('../artifacts/', import.meta.url));

/** Shared by the tests of one `describe`: one server, one browser, and the windows opened so far. */
export interface Stage {
  readonly server: EditorServer;
  readonly browser: Browser;
  /** The first window, on the workspace. */
  readonly window: Workbench;
  /** Opens one more window; on the workspace unless an address is given. */
  readonly open: (options?: WindowOptions, url?: string) => Promise<Workbench>;
  /** Creates an empty file in the home folder, for which a job waits; a failed test removes it again. */
  readonly openGate: (name: string) => void;
}

/** Options of a {@link Stage}. The packed extension is installed unless `vsix` names others. */
export interface StageOptions extends Omit<ServerOptions, 'vsix'> {
  readonly vsix?: readonly string[];
  readonly window?: WindowOptions;
  /** Runs before the first window opens: creates the state of an earlier session on disk. */
  readonly seed?: (server: EditorServer) => void | Promise<void>;
}

interface Parts {
  server?: EditorServer;
  browser?: Browser;
  readonly windows: Workbench[];
  /** Paths of the gates that the running test has opened. */
  readonly gates: string[];
}

/**
 * Sets up VS Code in a browser for the tests of the enclosing `describe` and shuts it down after them. A
 * failed test leaves pictures and logs in `test/editor/artifacts`. The parts are available once the tests
 * run, not before.
 */
export function editorStage(options: StageOptions = {}): Stage {
  const parts: Parts = { windows: [], gates: [] };
  const open = async (how?: WindowOptions, url = server(parts).folderUrl()): Promise<Workbench> => {
    const window = await openWindow(there(parts.browser, 'browser'), url, how);
    if (!options.vsix) await ready(window);
    parts.windows.push(window);
    return window;
  };
  before(async function () {
    this.timeout(startMs);
    try {
      parts.server = await startServer({ ...options, vsix: options.vsix ?? [packedExtension()] });
      await options.seed?.(parts.server);
      parts.browser = await launchBrowser();
      await open(options.window);
    } catch (error) {
      await leaveArtifacts(parts, 'start');
      throw error;
    }
  });
  beforeEach(function () {
    this.currentTest?.timeout(testMs);
    parts.gates.length = 0;
  });
  afterEach(async function () {
    this.timeout(testMs);
    const test = this.currentTest;
    // Also after a failed attempt that is retried.
    if (test && !test.isPassed()) {
      await leaveArtifacts(parts, test.fullTitle());
      // Open dialogs and menus would block the clicks of later tests.
      await closeAllThatAsks(parts);
      // A job that keeps running would delay the jobs of the next attempt.
      await parts.server?.endJobs();
      for (const gate of parts.gates) rmSync(gate, { force: true });
    }
  });
  after(async function () {
    this.timeout(startMs);
    await parts.browser?.close();
    await parts.server?.stop();
  });
  return {
    get server() {
      return server(parts);
    },
    get browser() {
      return there(parts.browser, 'browser');
    },
    get window() {
      return there(parts.windows[0], 'window');
    },
    open,
    openGate: (name) => {
      const { home } = server(parts).dir;
      mkdirSync(home, { recursive: true });
      const gate = join(home, name);
      writeFileSync(gate, '');
      parts.gates.push(gate);
    },
  };
}

/** Dialogs, prompts, and menus of all windows. */
async function closeAllThatAsks({ windows }: Parts): Promise<void> {
  for (const { page } of windows)
    for (let press = 0; press < 3 && !page.isClosed(); press++) await page.keyboard.press('Escape');
}

const server = (parts: Parts): EditorServer => there(parts.server, 'server');

function there<T>(part: T | undefined, name: string): T {
  if (part === undefined) throw new Error(`the ${name} is not available before the tests have started`);
  return part;
}

async function leaveArtifacts({ server: from, windows }: Parts, title: string): Promise<void> {
  const folder = join(artifacts, chosenServer(), title.replace(/[^\w.-]+/g, '-').slice(0, 120));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [index, window] of windows.entries()) {
    if (!window.page.isClosed())
      await window.shot(join(folder, `window-${index + 1}.png`)).catch(() => undefined);
    writeFileSync(join(folder, `console-${index + 1}.txt`), window.console.join('\n'));
  }
  if (!from) return;
  writeFileSync(join(folder, 'server.txt'), from.log());
  cpSync(join(from.dir.user, 'logs'), join(folder, 'logs'), { recursive: true });
}
