import assert from 'node:assert/strict';
import type { OpenFolder } from '../../../src/commands/editorContext.js';
import { submitBundle } from '../../../src/commands/submitBundle.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { bundlerOf, openFolder, planOf, portsOf } from '../../fakes/commandPorts.js';
import { backendOf } from '../../fakes/jobs.js';
import { takingBundles } from '../../fakes/taking.js';
import { answers, goesBack, keeps, leaves, picks, scriptedUi, types, type Expected } from '../../fakes/ui.js';

const folder = '/home/ada/fit';
const plan = planOf(
  folder,
  { 'src/model.jl': 700, 'main.jl': 300, 'data/in.csv': 4096 },
  { 'data/raw/': 'data/raw' },
);
const desk = (open: OpenFolder = openFolder()) => ({ getFolder: () => Promise.resolve(open) });
/** Runs through the wizard without changes, up to the review. */
const asItStands: readonly Expected[] = [keeps(/: Script$/)];
const submits = picks(/: Review$/, 'Submit');

describe('submitBundle', () => {
  it('sends the packed folder under the name of the selected script, and deletes the bundle afterwards', async () => {
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

  it('lists the clicked script first, before the last used one', async () => {
    const { backend } = takingBundles();
    const facts = new Map<string, unknown>([
      ['submit.choices:file:///home/ada/fit', { connection: 'local', args: ['1'], entry: 'main.jl' }],
    ]);
    const bundler = bundlerOf(plan).bundler;
    const one = scriptedUi(picks(/: Review$/, 'Script'), leaves(/: Script$/));
    await submitBundle(
      undefined,
      portsOf({ ui: one.ui, facts, backends: [backend], desk: desk(openFolder('src/model.jl')), bundler }),
    );
    assert.deepEqual(one.seen.steps[1]?.labels, ['src/model.jl', 'main.jl']);
    assert.deepEqual(
      one.seen.steps[1].items.map(({ isActive, description }) => [isActive, description]),
      [
        [true, undefined],
        [undefined, 'last used'],
      ],
    );
    const two = scriptedUi(
      picks(/: Review$/, 'Script'),
      goesBack(/: Script$/),
      picks(/: Review$/, 'Arguments'),
      leaves(/: Arguments$/),
    );
    await submitBundle(undefined, portsOf({ ui: two.ui, facts, backends: [backend], desk: desk(), bundler }));
    assert.deepEqual(two.seen.steps[1]?.labels, ['main.jl', 'src/model.jl']);
    const [last] = two.seen.steps[1].items;
    assert.deepEqual([last?.description, last?.isActive], ['last used', true]);
    assert.equal(two.seen.steps.at(-1)?.field?.initial, '1');
  });

  it('names the job after its script, unless the user entered another name', async () => {
    const { backend, sent } = takingBundles();
    const run = (...name: readonly Expected[]) => {
      const { ui } = scriptedUi(
        keeps(/: Script$/),
        ...name,
        picks(/: Review$/, 'Script'),
        picks(/: Script$/, 'src/model.jl'),
        submits,
      );
      return submitBundle(
        undefined,
        portsOf({ ui, backends: [backend], desk: desk(), bundler: bundlerOf(plan).bundler }),
      );
    };
    await run();
    await run(picks(/: Review$/, 'Name'), types(/: Name$/, 'mine'));
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
      desk: { ...desk(), isTrusted: () => false },
      bundler: bundled.bundler,
    });
    await assert.rejects(submitBundle(undefined, ports), { problem: { kind: 'untrusted' } });
    assert.deepEqual(bundled.packed, []);
  });

  it('returns without a message if no folder is selected', async () => {
    const bundled = bundlerOf(plan);
    await submitBundle(
      undefined,
      portsOf({ ui: scriptedUi().ui, backends: [takingBundles().backend], bundler: bundled.bundler }),
    );
    assert.deepEqual(bundled.packed, []);
  });

  it('reports that no connection accepts folders', async () => {
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

  it('names the rule that excludes the clicked script, also if it excludes a parent folder', async () => {
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

  it('reports that the clicked script is no longer in the folder', async () => {
    const { backend } = takingBundles();
    const ports = portsOf({
      ui: scriptedUi().ui,
      backends: [backend],
      desk: desk(openFolder('deleted.jl')),
      bundler: bundlerOf(plan).bundler,
    });
    await assert.rejects(submitBundle(undefined, ports), { problem: { kind: 'gone', name: 'deleted.jl' } });
  });

  it('reports that no file of the folder is a script', async () => {
    const { backend } = takingBundles();
    const ports = portsOf({
      ui: scriptedUi().ui,
      backends: [backend],
      desk: desk(),
      bundler: bundlerOf(planOf(folder, { 'data.csv': 1 })).bundler,
    });
    await assert.rejects(submitBundle(undefined, ports), { problem: { kind: 'noScript', folder } });
  });

  it('forwards that nothing is left to send, and shows no prompt', async () => {
    const { backend } = takingBundles();
    const problem = { kind: 'nothingToSend', folder } as const;
    const bundler = { ...bundlerOf(plan).bundler, pack: () => Promise.reject(new JobError(problem)) };
    const ports = portsOf({ ui: scriptedUi().ui, backends: [backend], desk: desk(), bundler });
    await assert.rejects(submitBundle(undefined, ports), { problem });
  });

  it('names the largest files if the bundle is too large for its connection', async () => {
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
    listUnsaved: () => ['main.jl', 'src/model.jl'],
    saveFiles: (at: string) => {
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

  it('saves all files before it scans the folder', async () => {
    const { sent, deeds, seen } = await run('Save All', true, ...asItStands, submits);
    assert.deepEqual(deeds, [`saved ${folder}`]);
    assert.equal(sent.length, 1);
    assert.match(seen.questions[0]?.detail ?? '', /main\.jl, src\/model\.jl/);
  });

  it('sends the files on disk', async () => {
    const { sent, deeds } = await run('Submit Saved Files', true, ...asItStands, submits);
    assert.deepEqual(deeds, []);
    assert.equal(sent.length, 1);
  });

  it('packs nothing if the prompt is dismissed', async () => {
    assert.equal((await run(undefined, true)).packed, 0);
  });

  it('packs nothing if a file cannot be saved', async () => {
    assert.equal((await run('Save All', false)).packed, 0);
  });
});
