import assert from 'node:assert/strict';
import { submitScript, submitScriptWithOptions } from '../../../src/commands/submitScript.js';
import type { ScriptEnvironment } from '../../../src/core/domain/jobSpec.js';
import { openScript, portsOf } from '../../fakes/commandPorts.js';
import { takingScripts } from '../../fakes/taking.js';
import { choosesFolder, leaves, meanwhile, picks, scriptedUi, type Expected } from '../../fakes/ui.js';
import type { FakeMembers } from '../../fakes/jobs.js';
import { juliaEnvironment } from '../../fakes/julia.js';

const environmentOf = (folder: string, project = `name = "${folder}"`): ScriptEnvironment =>
  juliaEnvironment(folder, { project });
const nearest = environmentOf('/home/ada/Fit');
const active = environmentOf('/home/ada/.julia/environments/v1.11');

/** An editor context with these environments near the script, and others by folder; reads are recorded. */
function deskWith(found: readonly ScriptEnvironment[], others: readonly ScriptEnvironment[] = []) {
  const read: string[] = [];
  const files: (string | undefined)[] = [];
  const desk = { getScript: () => Promise.resolve(openScript('fit.jl', '1')) };
  const language = {
    findEnvironments: (file: string | undefined) => {
      files.push(file);
      return Promise.resolve({
        found,
        read: (folder: string) => {
          read.push(folder);
          return Promise.resolve(others.find((other) => other.folder === folder));
        },
      });
    },
  };
  return { desk, language, read, files };
}

const taking = (members: FakeMembers = {}) =>
  takingScripts({ capabilities: { args: false, env: false, language: { id: 'julia' } }, ...members });

/** Submits `fit.jl` immediately, or with these steps, and returns what was sent. */
async function sentWith(
  found: readonly ScriptEnvironment[],
  {
    script = [],
    others = [],
    facts = new Map<string, unknown>(),
  }: {
    readonly script?: readonly Expected[];
    readonly others?: readonly ScriptEnvironment[];
    readonly facts?: Map<string, unknown>;
  } = {},
) {
  const { backend, sent } = taking();
  const { desk, language, read } = deskWith(found, others);
  const { ui, seen } = scriptedUi(...script);
  const submit = script.length > 0 ? submitScriptWithOptions : submitScript;
  await submit(undefined, portsOf({ ui, backends: [backend], desk, language, facts }));
  assert.deepEqual(seen.left(), []);
  return { environment: sent[0]?.script.environment, seen, read, sent, facts };
}

const change = picks(/: Review$/, 'Julia environment');
const step = /: Julia Environment$/;
const submits = picks(/: Review$/, 'Submit');

describe('the Julia environment of a script', () => {
  it('is the nearest one by default', async () => {
    assert.deepEqual((await sentWith([nearest, active])).environment, nearest);
  });

  it('is missing if there is none nearby', async () => {
    const { sent } = await sentWith([]);
    assert.deepEqual(sent[0]?.script, { name: 'fit.jl', text: '1' });
  });

  it('is shown in the review with its folder', async () => {
    const { seen } = await sentWith([nearest], { script: [submits] });
    const line = seen.steps.at(-1)?.items.find(({ label }) => label === 'Julia environment');
    assert.equal(line?.description, '/home/ada/Fit');
  });

  it('can be another one nearby', async () => {
    const script = [change, picks(step, active.folder), submits];
    const { environment, seen } = await sentWith([nearest, active], { script });
    assert.deepEqual(environment, active);
    const shown = seen.steps.find(({ title }) => step.test(title));
    assert.deepEqual(shown?.labels, [nearest.folder, active.folder, 'None', 'Choose Folder…']);
    assert.equal(shown.items[0]?.description, 'Project.toml (22 B)');
  });

  it('can be none', async () => {
    const script = [change, picks(step, 'None'), submits];
    const { environment, seen } = await sentWith([nearest], { script });
    assert.equal(environment, undefined);
    const line = seen.steps.at(-1)?.items.find(({ label }) => label === 'Julia environment');
    assert.equal(line?.description, 'none');
  });

  it('can be in another folder, which is read once and then listed with the others', async () => {
    const other = environmentOf('/data/Other');
    const script = [
      change,
      picks(step, 'Choose Folder…'),
      choosesFolder('Julia Environment Folder', '/data/Other'),
      change,
      picks(step, '/data/Other'),
      submits,
    ];
    const { environment, read, seen } = await sentWith([nearest], { script, others: [other] });
    assert.deepEqual(environment, other);
    assert.deepEqual(read, ['/data/Other']);
    const [, again] = seen.steps.filter(({ title }) => step.test(title));
    assert.deepEqual(again?.labels.slice(0, 2), ['/data/Other', nearest.folder]);
  });

  it('is unchanged if the folder contains none, or no folder is selected', async () => {
    const script = [
      change,
      picks(step, 'Choose Folder…'),
      choosesFolder('Julia Environment Folder', '/data/empty'),
      change,
      picks(step, 'Choose Folder…'),
      choosesFolder('Julia Environment Folder', undefined),
      submits,
    ];
    const { environment, seen } = await sentWith([nearest], { script });
    assert.deepEqual(environment, nearest);
    assert.deepEqual(
      seen.told.map(({ weight, text }) => [weight, text]),
      [['warning', '/data/empty has no Project.toml or Manifest.toml.']],
    );
  });

  it('is sent as of the click, regardless of later changes to its files', async () => {
    let project = 'as clicked';
    const { backend, sent } = taking();
    const desk = { getScript: () => Promise.resolve(openScript('fit.jl', '1')) };
    const language = {
      findEnvironments: () => {
        const found = [environmentOf('/home/ada/Fit', project)];
        return Promise.resolve({ found, read: () => Promise.resolve(undefined) });
      },
    };
    const { ui } = scriptedUi(
      meanwhile(/: Review$/, () => {
        project = 'changed while the wizard was open';
      }),
      submits,
    );
    await submitScriptWithOptions(undefined, portsOf({ ui, backends: [backend], desk, language }));
    assert.equal(sent[0]?.script.environment?.files['Project.toml'], 'as clicked');
  });

  it('is validated by the backend before it is sent', async () => {
    const checked: unknown[] = [];
    const { backend } = taking({
      validate: ({ name: _, args: __, env: ___, options: ____, limitMs: _____, ...work }) => {
        checked.push(work);
        return Promise.resolve([]);
      },
    });
    const { desk, language } = deskWith([nearest]);
    const ports = portsOf({ ui: scriptedUi().ui, backends: [backend], desk, language });
    await submitScript(undefined, ports);
    assert.deepEqual(checked, [
      { kind: 'script', script: { name: 'fit.jl', text: '1', environment: nearest } },
    ]);
  });
});

describe('the last Julia environment', () => {
  const remembered = (environment: string) =>
    new Map<string, unknown>([
      ['submit.choices:file:///home/ada/fit.jl', { connection: 'local', environment }],
    ]);

  it('is selected again', async () => {
    const script = [change, picks(step, active.folder), submits];
    const { facts } = await sentWith([nearest, active], { script });
    assert.deepEqual((await sentWith([nearest, active], { facts })).environment, active);
  });

  it('is the first in the list', async () => {
    const { seen } = await sentWith([nearest, active], {
      script: [change, leaves(step)],
      facts: remembered(active.folder),
    });
    assert.equal(seen.steps.at(-1)?.labels[0], active.folder);
  });

  it('is selected again if it was none', async () => {
    assert.equal((await sentWith([nearest], { facts: remembered('') })).environment, undefined);
  });

  it('is read again if its folder is not near the script', async () => {
    const other = environmentOf('/data/Other');
    const { environment, read } = await sentWith([nearest], {
      facts: remembered('/data/Other'),
      others: [other],
    });
    assert.deepEqual(environment, other);
    assert.deepEqual(read, ['/data/Other']);
  });

  it('is replaced by the nearest one if its folder no longer contains one', async () => {
    const { environment } = await sentWith([nearest], { facts: remembered('/data/gone') });
    assert.deepEqual(environment, nearest);
  });
});

describe('a backend without Julia environments', () => {
  it('receives none and shows no prompt, and nothing is read for it', async () => {
    const { backend, sent } = takingScripts({ capabilities: { args: false, env: false } });
    const { desk, language, files } = deskWith([nearest]);
    const { ui, seen } = scriptedUi(submits);
    await submitScriptWithOptions(undefined, portsOf({ ui, backends: [backend], desk, language }));
    assert.deepEqual(sent[0]?.script, { name: 'fit.jl', text: '1' });
    assert.ok(!seen.steps.at(-1)?.labels.includes('Julia environment'));
    assert.deepEqual(files, []);
  });

  it('receives none although another backend supports them', async () => {
    const plain = takingScripts({ capabilities: { args: false, env: false } });
    const hub = taking({ connection: { id: 'hub', kind: 'juliahub', title: 'Hub', settings: {} } });
    const { desk, language, files } = deskWith([nearest]);
    const backends = [plain.backend, hub.backend];
    await submitScript(undefined, portsOf({ ui: scriptedUi().ui, backends, desk, language }));
    assert.deepEqual(plain.sent[0]?.script, { name: 'fit.jl', text: '1' });
    assert.deepEqual(files, ['/home/ada/fit.jl']);
    const { ui } = scriptedUi(picks(/: Review$/, 'Connection'), picks(/: Connection$/, 'Hub'), submits);
    await submitScriptWithOptions(undefined, portsOf({ ui, backends, desk, language }));
    assert.deepEqual(hub.sent[0]?.script.environment, nearest);
  });
});
