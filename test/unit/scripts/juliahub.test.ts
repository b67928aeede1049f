import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'jsonc-parser';
import { connectStandIn } from '../../../scripts/juliahub.mjs';

const url = 'http://127.0.0.1:8128';
const connection = {
  id: 'juliahub-1',
  kind: 'juliahub',
  title: 'JuliaHub (stand-in)',
  settings: { server: url },
};

describe('npm start -- --juliahub', () => {
  let user: string;
  let file: string;
  beforeEach(() => {
    user = mkdtempSync(join(tmpdir(), 'batch-jobs-start-'));
    file = join(user, 'Machine', 'settings.json');
  });
  afterEach(() => {
    rmSync(user, { recursive: true });
  });
  const put = (text: string): void => {
    mkdirSync(join(user, 'Machine'), { recursive: true });
    writeFileSync(file, text);
  };
  const settings = (): unknown => parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));

  for (const text of [undefined, '', '\n', '{}', '{\n}\n'])
    it(`creates the connection if the settings are ${text === undefined ? 'missing' : JSON.stringify(text)}`, async () => {
      if (text !== undefined) put(text);
      await connectStandIn(user, url);
      assert.deepEqual(settings(), {
        'batchJobs.juliahub.allowHttpOnLoopback': true,
        'batchJobs.connections': [connection],
      });
      assert.deepEqual(readdirSync(join(user, 'Machine')), ['settings.json']);
    });

  it('keeps all other settings, connections, comments and trailing commas', async () => {
    const mine = { id: 'slurm-2', kind: 'slurm', title: 'Alpha', settings: { host: 'alpha' } };
    put(`// my machine
{
  /* how I like it */
  "editor.fontSize": 13, // not larger
  "batchJobs.connections": [
    ${JSON.stringify(mine)}, // the cluster
  ],
  "files.eol": "\\n",
}
`);
    await connectStandIn(user, url);
    const text = readFileSync(file, 'utf8');
    for (const comment of ['// my machine', '/* how I like it */', '// not larger', '// the cluster'])
      assert.ok(text.includes(comment), comment);
    assert.deepEqual(settings(), {
      'editor.fontSize': 13,
      'batchJobs.connections': [mine, connection],
      'files.eol': '\n',
      'batchJobs.juliahub.allowHttpOnLoopback': true,
    });
  });

  it('changes only its own connection, and nothing the second time', async () => {
    put(
      `{ "batchJobs.connections": [{ "id": "juliahub-1", "kind": "juliahub", "title": "Old", "settings": {} }, { "id": "x" }] }`,
    );
    await connectStandIn(user, url);
    const text = readFileSync(file, 'utf8');
    const { mtimeMs, ino } = statSync(file);
    assert.deepEqual((settings() as Record<string, unknown>)['batchJobs.connections'], [
      connection,
      { id: 'x' },
    ]);
    await connectStandIn(user, url);
    assert.equal(readFileSync(file, 'utf8'), text);
    assert.deepEqual([statSync(file).mtimeMs, statSync(file).ino], [mtimeMs, ino]);
  });

  for (const text of ['{ "a": ', '[1]', 'not settings', '{ "batchJobs.connections": "none" }'])
    it(`rejects ${JSON.stringify(text)} and leaves it unchanged`, async () => {
      put(text);
      await assert.rejects(connectStandIn(user, url), /Correct it first/);
      assert.equal(readFileSync(file, 'utf8'), text);
      assert.deepEqual(readdirSync(join(user, 'Machine')), ['settings.json']);
    });

  it('writes through a link, with the existing line endings and mode', async () => {
    const real = join(user, 'real.json');
    writeFileSync(real, '\uFEFF{\r\n\t"a": 1\r\n}\r\n', { mode: 0o640 });
    mkdirSync(join(user, 'Machine'));
    symlinkSync(real, file);
    await connectStandIn(user, url);
    assert.ok(lstatSync(file).isSymbolicLink());
    const text = readFileSync(real, 'utf8');
    assert.ok(text.startsWith('\uFEFF{\r\n\t"a": 1,\r\n'), JSON.stringify(text));
    assert.ok(!/[^\r]\n/.test(text));
    assert.equal(statSync(real).mode & 0o777, 0o640);
  });
});
