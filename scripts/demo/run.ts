// The main workflow, unattended, in VS Code in a headless browser: submits a script and a workspace, watches
// both, closes the window during a job, and finds everything again. Saves a picture of each step in demo/.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { acceptUntilReview, container, jobSays, jobsView, logOf, ready } from '../../test/editor/harness/batchJobs.js';
import { launchBrowser, openWindow } from '../../test/editor/harness/browser.js';
import { packedExtension } from '../../test/editor/harness/packed.js';
import { sampleFiles } from '../../test/editor/harness/sample.js';
import { startServer, type EditorServer } from '../../test/editor/harness/server.js';
import type { Workbench } from '../../test/editor/harness/workbench.js';

const pictures = fileURLToPath(new URL('../../demo/', import.meta.url));

/** Prints a step and saves its picture. */
type Tell = (window: Workbench, text: string) => Promise<void>;

async function main(): Promise<void> {
  rmSync(pictures, { recursive: true, force: true });
  mkdirSync(pictures, { recursive: true });
  const server = await startServer({ vsix: [packedExtension()], files: sampleFiles() });
  const browser = await launchBrowser();
  try {
    await show(browser, server, counted());
  } finally {
    await browser.close();
    await server.stop();
  }
  console.log(`\nThe pictures are in ${pictures}`);
}

function counted(): Tell {
  let count = 0;
  return async (window, text) => {
    count++;
    const name = `${String(count).padStart(2, '0')}-${text.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
    console.log(`${String(count).padStart(2)}. ${text}`);
    await window.shot(join(pictures, `${name.replace(/-$/, '')}.png`));
  };
}

async function show(browser: Browser, server: EditorServer, tell: Tell): Promise<void> {
  const first = await openWindow(browser, server.folderUrl());
  await ready(first);
  await tell(first, 'VS Code on the sample workspace');
  await submitScript(first, server, tell);
  await submitWorkspace(first, server, tell);
  await leaveAndReturn(first, browser, server, tell);
}

async function submitScript(window: Workbench, server: EditorServer, tell: Tell): Promise<void> {
  await window.menus.choose(window.views.file('pi.py'), 'Submit Script as Job');
  await jobSays(window, 'pi.py', /Running/);
  await logOf(server, 'pi.py', /round 3 of/);
  await window.output.shows('round 3 of');
  await tell(window, 'The script runs and its log streams');
  await jobSays(window, 'pi.py', /Completed/);
  await window.messages.toast('pi.py completed').waitFor();
  await tell(window, 'The script has completed and a notification appears');
  printLog('pi.py', await logOf(server, 'pi.py', /Completed/));
}

async function submitWorkspace(window: Workbench, server: EditorServer, tell: Tell): Promise<void> {
  await window.command('Notifications: Clear All Notifications');
  await window.editors.openFile('total.py');
  await window.menus.choose(window.views.file('total.py'), 'Submit Workspace as Job…');
  await acceptUntilReview(window);
  await tell(window, 'The review of a workspace');
  await window.quick.pick('Show Files');
  await window.editors.shows('data/raw.csv');
  await tell(window, 'Included and excluded files');
  await window.quick.pick('Back to Review');
  await window.quick.pick('Submit');
  await jobSays(window, 'total.py', /Completed/);
  await tell(window, 'The workspace has run');
  printLog('total.py', await logOf(server, 'total.py', /Completed/));
}

async function leaveAndReturn(first: Workbench, browser: Browser, server: EditorServer, tell: Tell): Promise<void> {
  await first.views.open('Explorer');
  await first.menus.choose(first.views.file('pi.sh'), 'Submit Script as Job');
  await jobSays(first, 'pi.sh', /Running/);
  await tell(first, 'A job runs while the window is closed');
  await first.close();
  const second = await openWindow(browser, server.folderUrl());
  await second.views.open(container);
  await jobSays(second, 'pi.sh', /Completed/);
  await second.views.rowSays(jobsView, 'pi.py', /Completed/);
  await tell(second, 'Reopened with nothing lost');
}

function printLog(name: string, text: string): void {
  console.log(`\n    log of ${name}\n${text.trimEnd().replace(/^/gm, '      ')}\n`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
