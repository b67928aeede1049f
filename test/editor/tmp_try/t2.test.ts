import { describe, it } from 'mocha';
import { readFileSync } from 'node:fs';
import { editorStage } from '../harness/stage.js';
import { changeSettings } from '../harness/settings.js';
describe('try', () => {
  const at = editorStage({ vsix: [], files: { 'a.py': 'print(1)\nx = 2\n', 'd/b.txt': 'x' } });
  it('x', async () => {
    for (const a of [1, 2, 3]) {
    await changeSettings(at.server, at.window, { a });
    console.log(readFileSync(at.server.dir.user + '/User/settings.json', 'utf8').slice(-1200));
    }
    });
});
