// Takes the README picture: `npm run package`, then `node --import tsx scripts/demo/picture.ts`.
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jobSays, jobsView, ready, submitted } from '../../test/editor/harness/batchJobs.js';
import { launchBrowser, openWindow } from '../../test/editor/harness/browser.js';
import { packedExtension } from '../../test/editor/harness/packed.js';
import { sampleFiles } from '../../test/editor/harness/sample.js';
import { startServer, type EditorServer } from '../../test/editor/harness/server.js';
import type { Workbench } from '../../test/editor/harness/workbench.js';

const picture = fileURLToPath(new URL('../../media/screenshots/running.png', import.meta.url));

async function main(): Promise<void> {
  const server = await startServer({
    vsix: [packedExtension()],
    files: sampleFiles(),
    settings: { 'workbench.colorTheme': 'Default Dark Modern', 'batchJobs.notify': 'none' },
  });
  const browser = await launchBrowser();
  try {
    const window = await openWindow(browser, server.folderUrl(), { scale: 1.5 });
    await ready(window);
    await prepare(window, server);
    mkdirSync(dirname(picture), { recursive: true });
    await window.shot(picture);
  } finally {
    await browser.close();
    await server.stop();
  }
  console.log(`${picture}: ${String(statSync(picture).size)} bytes`);
}

/** Creates some finished jobs and one that is running, next to its script. */
async function prepare(window: Workbench, server: EditorServer): Promise<void> {
  await window.editors.openFile('pi.py');
  for (const script of ['pi.sh', 'pi.mjs']) {
    await submitted(server, window, script);
    await jobSays(window, script, /Completed/);
  }
  await submitted(server, window, 'pi.py');
  await window.views.expand(jobsView, 'pi.mjs');
  await jobSays(window, 'pi.py', /Running/);
  await window.output.shows('round 8 of 15');
  await window.page.mouse.move(800, 20);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
