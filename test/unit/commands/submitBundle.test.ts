import assert from 'node:assert/strict';
import type { OpenFolder } from '../../../src/commands/desk.js';
import { submitBundle } from '../../../src/commands/submitBundle.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { bundlerOf, openFolder, planOf, portsOf } from '../../fakes/commandPorts.js';
import { backendOf } from '../../fakes/jobs.js';
import { takingBundles } from '../../fakes/taking.js';
import { answers, keeps, leaves, picks, scriptedUi, types, type Expected } from '../../fakes/ui.js';

const folder = '/home/ada/fit';
const plan = planOf(
  folder,
  { 'src/model.jl': 700, 'main.jl': 300, 'data/in.csv': 4096 },
  { 'data/raw/': 'data/raw' },
);
const desk = (open: OpenFolder = openFolder()) => ({ folder: () => Promise.resolve(open) });
/** Goes through the wizard as it stands, up to the review. */
const asItStands: readonly Expected[] = [
  keeps(/: Script$/),
  keeps(/: Name$/),
  keeps(/: Arguments$/),
  keeps(/: Environment$/),
];
const submits = picks(/: Review$/, 'Submit');

describe('submitBundle', () => {
  it('sends the packed folder under the name of the script that was chosen, and removes the bundle afterwards', async () => {
    const { backend, sent } = takingBundles();
    const bundled = bundlerOf(plan);
    const { ui } = scriptedUi(picks(/: Script$/, 'src/model.jl'), ...asItStands.slice(1), submits);
    const ports = portsOf({ ui, backends: [backend], desk: desk(), bundler: bundled.bundler });
    await submitBundle(undefined, ports);
    assert.deepEqual(
      sent.map(({ bundle, entry, request }) => [bundle.file, entry, request.name]),
      [['/tmp/bundle-1.tar', 'src/model.jl', 'model.jl']],
    );
    assert.deepEqual(bundled.discarded, ['/tmp/bundle-1.tar']);
    assert.equal(ports.deeds.done.at(-1), 'log local/new');
  });

  it('offers the scripts of the folder, those at its top first, and no other files', async () => {
    const { backend } = takingBundles();
    const { ui, seen } = scriptedUi(leaves(/: Script$/));
    await submitBundle(
      undefined,
      portsOf({ ui, backends: [backend], desk: desk(), bundler: bundlerOf(plan).bundler }),
    );
    assert.deepEqual(seen.steps[0]?.labels, ['main.jl', 'src/model.jl']);
  });

  it('puts the script that was clicked first, before the one used last', async () => {
    const { backend } = takingBundles();
    const facts = new Map<string, unknown>([
      ['submit.choices:file:///home/ada/fit', { connection: 'local', args: ['1'], entry: 'main.jl' }],
    ]);
    const bundler = bundlerOf(plan).bundler;
    const one = scriptedUi(leaves(/: Script$/));
    await submitBundle(
      undefined,
      portsOf({ ui: one.ui, facts, backends: [backend], desk: desk(openFolder('src/model.jl')), bundler }),
    );
    assert.deepEqual(one.seen.steps[0]?.labels, ['src/model.jl', 'main.jl']);
    const two = scriptedUi(keeps(/: Script$/), keeps(/: Name$/), leaves(/: Arguments$/));
    await submitBundle(undefined, portsOf({ ui: two.ui, facts, backends: [backend], desk: desk(), bundler }));
    assert.deepEqual(two.seen.steps[0]?.labels, ['main.jl', 'src/model.jl']);
    assert.equal(two.seen.steps[0].items[0]?.description, 'last used');
    assert.equal(two.seen.steps.at(-1)?.field?.initial, '1');
  });

  it('names the job after its script, unless the user gave it another name', async () => {
    const { backend, sent } = takingBundles();
    const run = (...name: readonly Expected[]) => {
      const { ui } = scriptedUi(
        keeps(/: Script$/),
        ...name,
        keeps(/: Arguments$/),
        keeps(/: Environment$/),
        picks(/: Review$/, 'Script'),
        picks(/: Script$/, 'src/model.jl'),
        submits,
      );
      return submitBundle(
        undefined,
        portsOf({ ui, backends: [backend], desk: desk(), bundler: bundlerOf(plan).bundler }),
      );
    };
    await run(keeps(/: Name$/));
    await run(types(/: Name$/, 'mine'));
    assert.deepEqual(
      sent.map(({ request }) => request.name),
      ['model.jl', 'mine'],
    );
  });

  it('sends nothing from an untrusted workspace', async () => {
    const { backend } = takingBundles();
    const bundled = bundlerOf(plan);
    const ports = portsOf({
      ui: scriptedUi().ui,
      backends: [backend],
      desk: { ...desk(), trusted: () => false },
      bundler: bundled.bundler,
    });
    await assert.rejects(submitBundle(undefined, ports), { problem: { kind: 'untrusted' } });
    assert.deepEqual(bundled.packed, []);
  });

  it('ends quietly where no folder is chosen', async () => {
    const bundled = bundlerOf(plan);
    await submitBundle(
      undefined,
      portsOf({ ui: scriptedUi().ui, backends: [takingBundles().backend], bundler: bundled.bundler }),
    );
    assert.deepEqual(bundled.packed, []);
  });

  it('says that no connection takes folders', async () => {
    const bundled = bundlerOf(plan);
    const ports = portsOf({
      ui: scriptedUi().ui,
      backends: [backendOf()],
      desk: desk(),
      bundler: bundled.bundler,
    });
    await assert.rejects(submitBundle(undefined, ports), {
      problem: { kind: 'invalid', why: 'No connection accepts folders.' },
    });
    assert.deepEqual(bundled.discarded, ['/tmp/bundle-1.tar']);
  });

  it('names the rule that keeps the clicked script behind, also that of a folder above it', async () => {
    const { backend } = takingBundles();
    const bundled = bundlerOf(planOf(folder, { 'main.jl': 1 }, { 'old/': 'old', 'draft.jl': 'draft*' }));
    const cases = [
      ['old/deep/run.jl', 'old', 1],
      ['draft.jl', 'draft*', 2],
    ] as const;
    for (const [script, rule, ruleLine] of cases) {
      const ports = portsOf({
        ui: scriptedUi().ui,
        backends: [backend],
        desk: desk(openFolder(script)),
        bundler: bundled.bundler,
      });
      await assert.rejects(submitBundle(undefined, ports), {
        problem: { kind: 'scriptIgnored', folder, script, rule, ruleFile: '.juliabundleignore', ruleLine },
      });
    }
    assert.equal(bundled.discarded.length, 2);
  });

  it('says that the clicked script is gone where the folder holds it no more', async () => {
    const { backend } = takingBundles();
    const ports = portsOf({
      ui: scriptedUi().ui,
      backends: [backend],
      desk: desk(openFolder('deleted.jl')),
      bundler: bundlerOf(plan).bundler,
    });
    await assert.rejects(submitBundle(undefined, ports), { problem: { kind: 'gone', name: 'deleted.jl' } });
  });

  it('says that no file of the folder is a script', async () => {
    const { backend } = takingBundles();
    const ports = portsOf({
      ui: scriptedUi().ui,
      backends: [backend],
      desk: desk(),
      bundler: bundlerOf(planOf(folder, { 'data.csv': 1 })).bundler,
    });
    await assert.rejects(submitBundle(undefined, ports), { problem: { kind: 'noScript', folder } });
  });

  it('passes on that nothing is left to send, and asks nothing', async () => {
    const { backend } = takingBundles();
    const problem = { kind: 'nothingToSend', folder } as const;
    const bundler = { ...bundlerOf(plan).bundler, pack: () => Promise.reject(new JobError(problem)) };
    const ports = portsOf({ ui: scriptedUi().ui, backends: [backend], desk: desk(), bundler });
    await assert.rejects(submitBundle(undefined, ports), { problem });
  });

  it('names the largest files where the bundle is too big for its connection', async () => {
    const { backend, sent } = takingBundles({
      capabilities: { args: true, env: true, maxBundleBytes: 5000 },
    });
    const bundled = bundlerOf(plan);
    const { ui } = scriptedUi(...asItStands, submits);
    const ports = portsOf({ ui, backends: [backend], desk: desk(), bundler: bundled.bundler });
    await assert.rejects(submitBundle(undefined, ports), (error: unknown) => {
      assert.ok(error instanceof JobError && error.problem.kind === 'tooBig');
      assert.deepEqual(
        error.problem.largest.map(({ path }) => path),
        ['data/in.csv', 'src/model.jl', 'main.jl'],
      );
      assert.deepEqual(
        [error.problem.bytes, error.problem.limitBytes, error.problem.place],
        [5096, 5000, 'Local'],
      );
      return true;
    });
    assert.equal(sent.length, 0);
    assert.deepEqual(bundled.discarded, ['/tmp/bundle-1.tar']);
  });
});

describe('submitBundle with unsaved files', () => {
  const unsaved = (saved: boolean, deeds: string[]) => ({
    ...desk(),
    unsavedIn: () => ['main.jl', 'src/model.jl'],
    saveIn: (at: string) => {
      deeds.push(`saved ${at}`);
      return Promise.resolve(saved);
    },
  });
  const question = 'Some files in the folder have unsaved changes.';
  const run = async (button: string | undefined, saved: boolean, ...rest: readonly Expected[]) => {
    const { backend, sent } = takingBundles();
    const bundled = bundlerOf(plan);
    const deeds: string[] = [];
    const { ui, seen } = scriptedUi(answers(question, button), ...rest);
    await submitBundle(
      undefined,
      portsOf({ ui, backends: [backend], desk: unsaved(saved, deeds), bundler: bundled.bundler }),
    );
    return { sent, packed: bundled.packed.length, deeds, seen };
  };

  it('saves them all before it looks at the folder', async () => {
    const { sent, deeds, seen } = await run('Save All', true, ...asItStands, submits);
    assert.deepEqual(deeds, [`saved ${folder}`]);
    assert.equal(sent.length, 1);
    assert.match(seen.questions[0]?.detail ?? '', /main\.jl, src\/model\.jl/);
  });

  it('sends what is on disk', async () => {
    const { sent, deeds } = await run('Submit Saved Files', true, ...asItStands, submits);
    assert.deepEqual(deeds, []);
    assert.equal(sent.length, 1);
  });

  it('packs nothing where the question is dismissed', async () => {
    assert.equal((await run(undefined, true)).packed, 0);
  });

  it('packs nothing where one cannot be saved', async () => {
    assert.equal((await run('Save All', false)).packed, 0);
  });
});
