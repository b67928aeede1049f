import assert from 'node:assert/strict';
import { submitScript } from '../../../src/commands/submitScript.js';
import { openScript, portsOf } from '../../fakes/commandPorts.js';
import { leaves, scriptedUi } from '../../fakes/ui.js';
import { takingScripts } from '../../fakes/taking.js';

const review = 'Submit fit.py to Local: Review';

/** The result for a script with this text that the editor has opened in this encoding. */
async function submit(text: string, encoding?: string, isAsked = true) {
  const { backend, sent } = takingScripts();
  const { ui, seen } = scriptedUi(...(isAsked ? [leaves(review)] : []));
  const open = { ...openScript('fit.py', text), ...(encoding === undefined ? {} : { encoding }) };
  await submitScript(
    undefined,
    portsOf({ ui, backends: [backend], desk: { getScript: () => Promise.resolve(open) } }),
  );
  assert.deepEqual(seen.left(), []);
  return { sent, line: seen.steps.at(-1)?.items.find(({ label }) => label === 'Encoding')?.detail };
}

describe('a script whose file is not UTF-8', () => {
  for (const encoding of ['windows1252', 'iso88591', 'utf16le', 'shiftjis', 'gb18030'])
    it(`is reviewed before it is sent as UTF-8: ${encoding}`, async () => {
      const { sent, line } = await submit('# -*- coding: latin-1 -*-\nprint("é")\n', encoding);
      assert.equal(sent.length, 0);
      assert.equal(line, `The file is encoded in ${encoding}; the script is sent as UTF-8.`);
    });

  it('is reviewed if the editor opened it in the wrong encoding', async () => {
    const { sent, line } = await submit('print("\ufffd")\n');
    assert.equal(sent.length, 0);
    assert.match(line ?? '', /characters could not be decoded/);
  });

  it('is sent immediately if its bytes are valid UTF-8 anyway', async () => {
    const { sent } = await submit('print("plain")\n', 'windows1252', false);
    assert.equal(sent.length, 1);
  });

  it('is sent immediately if it is UTF-8', async () => {
    const { sent } = await submit('print("é")\n', undefined, false);
    assert.equal(sent.length, 1);
  });
});
