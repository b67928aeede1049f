import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { container, extensionId, jobSays, jobsView, logOf } from './harness/batchJobs.js';
import { sampleFiles } from './harness/sample.js';
import { editorStage } from './harness/stage.js';

describe('a script submitted in VS Code', () => {
  const stage = editorStage({ files: sampleFiles() });

  it('is offered where a script is right-clicked, and not where a text is', async () => {
    const { views, menus } = stage.window;
    const script = await menus.titles(views.file('pi.py'));
    assert.ok(script.includes('Submit Script as Job'), script.join(', '));
    const text = await menus.titles(views.file('README.md'));
    assert.ok(!text.includes('Submit Script as Job'), text.join(', '));
  });

  it('runs, streams its log, and tells when it has completed', async () => {
    const { window, server } = stage;
    await window.menus.choose(window.views.file('pi.py'), 'Submit Script as Job');
    await jobSays(window, 'pi.py', /Running/);
    await logOf(server, 'pi.py', /round 1 of 15/);
    await jobSays(window, 'pi.py', /Completed/);
    await window.messages.toast(/pi\.py completed in/).waitFor();
    const log = await logOf(server, 'pi.py', /Completed/);
    const rounds = [...log.matchAll(/^round (\d+) of/gm)].map(([, round]) => Number(round));
    assert.deepEqual(
      rounds,
      Array.from({ length: 15 }, (_, index) => index + 1),
    );
  });

  it('keeps its record where VS Code lets an extension keep files', () => {
    assert.ok(existsSync(stage.server.storageOf(extensionId)));
  });

  it('is there in a second window, too', async () => {
    const second = await stage.open({ size: { width: 1000, height: 700 } });
    await second.views.open(container);
    await second.views.rowSays(jobsView, 'pi.py', /Completed/);
    await second.close();
  });

  it('goes on while its window is closed and no server runs', async () => {
    const { server } = stage;
    const window = await stage.open();
    await window.menus.choose(window.views.file('pi.sh'), 'Submit Script as Job');
    await jobSays(window, 'pi.sh', /Running/);
    await window.close();
    await server.restart();
    assert.ok(server.detached().some(({ command }) => command.includes('--batch-jobs-runner')));
    const later = await stage.open();
    await jobSays(later, 'pi.sh', /Completed/);
  });
});
