import assert from 'node:assert/strict';
import { addHub, approve, hubSettings, ownDepot, standIn } from './harness/hub.js';
import { editorStage } from './harness/stage.js';

describe('the connection that is chosen for a submission', () => {
  const depot = ownDepot();
  const hub = standIn();
  const stage = editorStage({
    files: { 'a.jl': 'println(1)\n', 'b.py': 'print(1)\n' },
    settings: { ...hubSettings, 'batchJobs.notify': 'failures' },
    env: { JULIA_DEPOT_PATH: depot, JULIA_PKG_SERVER: undefined },
  });
  const choose = async (name: string): Promise<void> => {
    const { window } = stage;
    await window.views.open('Explorer');
    await window.menus.choose(window.views.file(name), 'Submit Script as Job…');
    await window.quick.titled(`Submit ${name} to Local: Review`);
    await window.quick.pick('Connection');
    await window.quick.titled(`Submit ${name}: Connection`);
  };

  it('is signed in to before anything else is asked', async () => {
    const { window } = stage;
    const { quick } = window;
    await addHub(window, hub.double.url, 'Hub');
    await quick.pick('Sign In with Browser').then(
      () => undefined,
      () => undefined,
    );
    await window.messages.answerDialog('Cancel');
    await choose('a.jl');
    await quick.pick('Hub');
    await quick.titled('Submit a.jl to Hub: Sign In');
    await quick.pick('Sign In to Hub');
    const page = await approve(window);
    await page.close();
    await quick.titled('Submit a.jl: Node (1/2)');
    await quick.accept();
    await quick.titled('Submit a.jl to Hub: Review (2/2)');
    await quick.dismiss();
  });

  it('does not move under the pointer while the list is filtered', async () => {
    const { window } = stage;
    const { quick } = window;
    await choose('a.jl');
    const box = await quick.row('Hub').boundingBox();
    assert.ok(box);
    await window.page.keyboard.type('H');
    await quick.row('Local').waitFor({ state: 'detached' });
    await window.page.mouse.click(box.x + 100, box.y + box.height / 2);
    // Before, the matches were sorted first, so that Local came to be under the pointer.
    if (!(await quick.title()).includes('Connection')) assert.match(await quick.title(), /Hub|Node/);
    else await quick.pick('Hub');
    await quick.titled(/Node|to Hub/);
    await quick.dismiss();
  });

  it('cannot be one that does not run the file, which says why', async () => {
    const { window } = stage;
    const { quick } = window;
    await choose('b.py');
    const lines = (await quick.texts()).join('\n');
    assert.match(lines, /Hub ?runs Julia scripts only/);
    assert.doesNotMatch(lines, /last used/);
    await quick.row('Hub').click();
    await quick.titled('Submit b.py: Connection');
    await quick.pick('Local');
    await quick.titled('Submit b.py to Local: Review');
    await quick.dismiss();
  });
});
