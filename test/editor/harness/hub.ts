import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { startJuliaHub, type Double, type DoubleOptions } from '../../doubles/juliahub/double.js';
import type { Workbench } from './workbench.js';

/** Settings under which a test server on this machine is accepted. */
export const hubSettings = { 'batchJobs.juliahub.allowHttpOnLoopback': true } as const;

/**
 * The address of a test server: not one that the VS Code server would forward through itself (oldest: without
 * the path), as it does with `localhost` and 127.0.0.1.
 */
export const hubHost = '127.0.0.4';

/**
 * A separate Julia depot, so that no sign-in of this machine's user is touched; deleted when the tests end.
 */
export function ownDepot(): string {
  const depot = mkdtempSync(join(tmpdir(), 'bj-depot-'));
  process.once('exit', () => {
    rmSync(depot, { recursive: true, force: true });
  });
  return depot;
}

/** A test server for the tests of the enclosing `describe`; available once they run. */
export function standIn(options: DoubleOptions = {}): { readonly double: Double } {
  let double: Double | undefined;
  before(async () => {
    double = await startJuliaHub({ host: hubHost, ...options });
  });
  after(() => double?.end());
  return {
    get double() {
      if (!double) throw new Error('the test server is not available before the tests have started');
      return double;
    },
  };
}

/** Adds a connection to a server, up to the sign-in prompt. */
export async function addHub(window: Workbench, url: string, title: string): Promise<void> {
  const { quick } = window;
  await window.command('Batch Jobs: Add Connection…');
  await quick.titled('Add Connection');
  await quick.pick('JuliaHub');
  await quick.titled('Add JuliaHub Connection: Server (1/2)');
  await quick.input(url);
  await quick.titled('Add JuliaHub Connection: Title (2/2)');
  await quick.input(title);
}

/** Signs in on the page that opens in the browser: clicks `Approve`. */
export async function approve(window: Workbench): Promise<Page> {
  const { quick } = window;
  const opened = window.page.context().waitForEvent('page');
  await quick.pick('Sign In with Browser');
  // VS Code asks before it opens an external page.
  await window.messages.answerDialog('Open');
  const page = await opened;
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByText('Approved').waitFor();
  return page;
}
