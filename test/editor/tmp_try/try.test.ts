import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { editorStage } from '../harness/stage.js';
import { eventually } from '../harness/wait.js';
import { useTheme } from '../harness/settings.js';
describe('try', () => {
  const at = editorStage({ vsix: ['/tmp/bj-tiny/tiny-0.0.1.vsix'], files: { 'a.py': 'print(1)\nx = 2\n', 'd/b.txt': 'x' } });
  it('rows', async () => {
    const w = at.window;
    await at.server.waitForChannel('Tiny: Out', /activated/, 30000);
    await w.views.open('Tiny Things');
    await w.views.rowSays('Things', 'alpha', /says alpha/);
    console.log(await w.views.shown('Things'));
    assert.equal(await w.views.badge('Tiny Things').textContent(), '2');
    console.log(JSON.stringify(await w.views.tooltip('Things', 'beta')));
    console.log(await w.views.rowActions('Things', 'beta'));
    await w.views.select('Things', 'alpha', 'gamma');
    console.log((await w.views.shown('Things')).filter((r) => r.selected).map((r) => r.label));
    console.log(await w.menus.titles(w.views.row('Things', 'gamma')));
    await w.menus.choose(w.views.row('Things', 'gamma'), 'Look');
    await at.server.waitForChannel('Tiny: Out', /row gamma of alpha\+gamma/);
    await w.views.rowAction('Things', 'beta', 'Look');
    await at.server.waitForChannel('Tiny: Out', /row beta/);
    await w.views.expand('Things', 'alpha');
    await w.views.row('Things', 'kid').waitFor();
    await w.views.titleAction('Things', 'Say Hi');
    await w.output.shows('hi');
    await w.output.channel('Tiny: Out');
    await w.messages.answer('Hello there', 'Yes');
    await at.server.waitForChannel('Tiny: Out', /answer Yes/);
    await w.shot('/tmp/bj-tiny/1.png');
  });
  it('quick', async () => {
    const w = at.window;
    console.log(await w.quick.commands('Tiny'));
    await w.command('Tiny: Pick');
    await w.quick.titled('Colours (1/2)');
    console.log(await w.quick.texts());
    await w.quick.pick('green');
    await w.quick.titled('Name (2/2)');
    await w.quick.type('ab');
    await w.quick.message.filter({ hasText: 'too short' }).waitFor();
    await w.quick.input('abc');
    await at.server.waitForChannel('Tiny: Out', /picked green abc/);
  });
  it('files', async () => {
    const w = at.window;
    await w.editors.openFile('a.py');
    await w.editors.shows('x = 2');
    await w.editors.replaceText('print(3)\n');
    await w.editors.shows('print(3)');
    await w.menus.choose(w.views.file('d'), 'Say Hi');
    await w.messages.answer('Hello there', 'Yes');
  });
  it('themes', async () => {
    const w = at.window;
    for (const name of ['light', 'highContrast', 'highContrastLight', 'dark'] as const) {
      const t0 = Date.now(); await useTheme(at.server, w, name); console.log(name, Date.now() - t0);
      await w.shot(`/tmp/bj-tiny/${name}.png`);
    }
  });
  it('windows', async () => {
    const hosts = () => at.server.channel('x') + '';
    const w2 = await at.open({ size: { width: 700, height: 500 }, beside: at.window });
    await w2.shot('/tmp/bj-tiny/w2.png');
    await at.server.waitForChannel('Tiny: Out', /activated (\d+)\n$/, 30000);
    const pid = Number((await at.server.waitForChannel('Tiny: Out', /activated (\d+)/))[1]);
    console.log('second host', pid, hosts());
    process.kill(pid, 0);
    const t = Date.now();
    await w2.close();
    await eventually(() => { try { process.kill(pid, 0); return false; } catch { return true; } }, () => 'host lives', 30000).then(() => console.log('host gone after', Date.now() - t), (e) => console.log(String(e)));
  });
  it('jobs and restart', async () => {
    const w = at.window;
    await w.command('Tiny: Start Job');
    const [, pid] = await at.server.waitForChannel('Tiny: Out', /job (\d+)/);
    console.log(pid, at.server.detached());
    const url = at.server.url;
    await at.server.restart();
    assert.equal(at.server.url, url);
    await w.reload();
    await w.views.open('Tiny Things');
    await w.views.row('Things', 'beta').waitFor();
    console.log(at.server.detached());
  });
});
