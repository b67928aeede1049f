import assert from 'node:assert/strict';
import type { OpenFolder } from '../../../src/commands/desk.js';
import { submitBundle } from '../../../src/commands/submitBundle.js';
import type { Backend, Bundle, Request } from '../../../src/core/backend.js';
import { asJobId } from '../../../src/core/job.js';
import { JobError } from '../../../src/core/problem.js';
import { bundlerOf, openFolder, planOf, portsOf, type Bundled } from '../../fakes/commandPorts.js';
import { backendOf, jobOf } from '../../fakes/jobs.js';
import { unhandledIn } from '../../fakes/rejections.js';
import {
  answers,
  goesBack,
  keeps,
  leaves,
  meanwhile,
  picks,
  scriptedUi,
  stops,
  types,
  type Expected,
} from '../../fakes/ui.js';

interface Sent {
  readonly bundle: Bundle;
  readonly entry: string;
  readonly request: Request;
}

function taking(members: Partial<Backend> = {}): { readonly backend: Backend; readonly sent: Sent[] } {
  const sent: Sent[] = [];
  const backend = backendOf({
    jobs: [jobOf({ id: 'new' })],
    submitBundle: (bundle, entry, request) => {
      sent.push({ bundle, entry, request });
      return Promise.resolve(asJobId('new'));
    },
    ...members,
  });
  return { backend, sent };
}

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
    const { backend, sent } = taking();
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
    const { backend } = taking();
    const { ui, seen } = scriptedUi(leaves(/: Script$/));
    await submitBundle(
      undefined,
      portsOf({ ui, backends: [backend], desk: desk(), bundler: bundlerOf(plan).bundler }),
    );
    assert.deepEqual(seen.steps[0]?.labels, ['main.jl', 'src/model.jl']);
  });

  it('puts the script that was clicked first, before the one used last', async () => {
    const { backend } = taking();
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
    const { backend, sent } = taking();
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
    const { backend } = taking();
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
      portsOf({ ui: scriptedUi().ui, backends: [taking().backend], bundler: bundled.bundler }),
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
      problem: { kind: 'invalid', why: 'No connection takes folders.' },
    });
    assert.deepEqual(bundled.discarded, ['/tmp/bundle-1.tar']);
  });

  it('names the rule that keeps the clicked script behind, also that of a folder above it', async () => {
    const { backend } = taking();
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
        problem: { kind: 'scriptIgnored', script, rule, ruleFile: '.juliabundleignore', ruleLine },
      });
    }
    assert.equal(bundled.discarded.length, 2);
  });

  it('says that the clicked script is gone where the folder holds it no more', async () => {
    const { backend } = taking();
    const ports = portsOf({
      ui: scriptedUi().ui,
      backends: [backend],
      desk: desk(openFolder('deleted.jl')),
      bundler: bundlerOf(plan).bundler,
    });
    await assert.rejects(submitBundle(undefined, ports), { problem: { kind: 'gone', name: 'deleted.jl' } });
  });

  it('says that no file of the folder is a script', async () => {
    const { backend } = taking();
    const ports = portsOf({
      ui: scriptedUi().ui,
      backends: [backend],
      desk: desk(),
      bundler: bundlerOf(planOf(folder, { 'data.csv': 1 })).bundler,
    });
    await assert.rejects(submitBundle(undefined, ports), { problem: { kind: 'noScript', folder } });
  });

  it('passes on that nothing is left to send, and asks nothing', async () => {
    const { backend } = taking();
    const problem = { kind: 'nothingToSend', folder } as const;
    const bundler = { ...bundlerOf(plan).bundler, pack: () => Promise.reject(new JobError(problem)) };
    const ports = portsOf({ ui: scriptedUi().ui, backends: [backend], desk: desk(), bundler });
    await assert.rejects(submitBundle(undefined, ports), { problem });
  });

  it('names the largest files where the bundle is too big for its connection', async () => {
    const { backend, sent } = taking({ accepts: { args: true, env: true, bundleBytes: 5000 } });
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
  const question = 'Some files of the folder are not saved.';
  const run = async (button: string | undefined, saved: boolean, ...rest: readonly Expected[]) => {
    const { backend, sent } = taking();
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
    const { sent, deeds } = await run('Send What Is on Disk', true, ...asItStands, submits);
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

describe('the review of a bundle', () => {
  const withSecret = planOf(
    folder,
    { 'main.jl': 300, '.env': 40, 'data/in.csv': 3_250_000 },
    { 'data/raw/': 'data/raw', 'plots/': 'plots' },
    ['data/link leads nowhere.'],
  );
  const reviewing = (bundled: Bundled, ...script: readonly Expected[]) => {
    const { backend, sent } = taking();
    const { ui, seen } = scriptedUi(...asItStands, ...script);
    const ports = portsOf({ ui, backends: [backend], desk: desk(), bundler: bundled.bundler });
    return { sent, seen, ports, done: submitBundle(undefined, ports) };
  };

  it('says how much goes, how much stays, what is largest, and what to be careful with', async () => {
    const { seen, done } = reviewing(bundlerOf(withSecret), leaves(/: Review$/));
    await done;
    const items = seen.steps.at(-1)?.items ?? [];
    const textOf = (label: string): string | undefined => {
      const item = items.find((one) => one.label === label);
      return item?.description ?? item?.detail;
    };
    assert.equal(textOf('Bundle'), '3 files, 3.1 MiB (2 paths stay behind)');
    assert.equal(textOf('Largest'), 'data/in.csv (3.1 MiB), main.jl (300 B), .env (40 B)');
    assert.equal(textOf('Exclude .env…'), 'It looks like it holds secrets and will be sent.');
    assert.equal(textOf('Warning'), 'data/link leads nowhere.');
  });

  it('makes room for the list it shows, and comes back', async () => {
    const review = /: Review$/;
    const { seen, done } = reviewing(
      bundlerOf(withSecret),
      picks(review, 'Show Files'),
      picks(/: Files$/, 'Back to Review'),
      picks(review, 'Bundle'),
      leaves(/: Files$/),
      leaves(review),
    );
    await done;
    assert.deepEqual(
      seen.papers.map(({ title }) => title),
      ['Bundle of fit.txt', 'Bundle of fit.txt'],
    );
    assert.match(seen.papers[0]?.text ?? '', /data\/raw\/ +excluded by data\/raw \(\.juliabundleignore:1\)/);
  });

  it('adds a rule for a secret, looks at the folder again, and shows the review anew', async () => {
    const clean = planOf(folder, { 'main.jl': 300 }, { '.env': '.env' });
    const bundled = bundlerOf(withSecret, clean);
    const { sent, seen, ports, done } = reviewing(
      bundled,
      picks(/: Review$/, 'Exclude .env…'),
      answers('Keep .env out of bundles?', 'Add Rule'),
      submits,
    );
    await done;
    assert.ok(ports.deeds.done.includes(`exclude ${folder} .env`));
    assert.equal(
      seen.steps.at(-1)?.labels.some((label) => label.startsWith('Exclude')),
      false,
    );
    assert.deepEqual(bundled.discarded, ['/tmp/bundle-1.tar', '/tmp/bundle-2.tar']);
    assert.deepEqual(
      sent.map(({ bundle }) => bundle.file),
      ['/tmp/bundle-2.tar'],
    );
  });

  it('keeps what was answered before the folder is looked at again', async () => {
    const bundled = bundlerOf(withSecret, planOf(folder, { 'main.jl': 300 }));
    const { backend, sent } = taking();
    const { ui } = scriptedUi(
      keeps(/: Script$/),
      types(/: Name$/, 'mine'),
      types(/: Arguments$/, '--fast'),
      keeps(/: Environment$/),
      picks(/: Review$/, 'Exclude .env…'),
      answers(/Keep \.env/, 'Add Rule'),
      submits,
    );
    await submitBundle(
      undefined,
      portsOf({ ui, backends: [backend], desk: desk(), bundler: bundled.bundler }),
    );
    assert.deepEqual([sent[0]?.request.name, sent[0]?.request.args], ['mine', ['--fast']]);
  });

  it('adds no rule where the question is dismissed, and shows the review again', async () => {
    const bundled = bundlerOf(withSecret);
    const { ports, sent, done } = reviewing(
      bundled,
      picks(/: Review$/, 'Exclude .env…'),
      answers(/Keep \.env/, undefined),
      submits,
    );
    await done;
    assert.ok(!ports.deeds.done.some((deed) => deed.startsWith('exclude')));
    assert.equal(bundled.packed.length, 1);
    assert.equal(sent.length, 1);
  });

  it('goes back into the wizard with all answers kept', async () => {
    const { sent, done } = reviewing(
      bundlerOf(plan),
      goesBack(/: Review$/),
      goesBack(/: Environment$/),
      types(/: Arguments$/, '--fast'),
      keeps(/: Environment$/),
      submits,
    );
    await done;
    assert.deepEqual(sent[0]?.request.args, ['--fast']);
    assert.equal(sent[0]?.entry, 'main.jl');
  });
});

describe('the tar of a bundle', () => {
  const failing = (problem: JobError): Bundled => {
    const bundled = bundlerOf(plan);
    const pack = () => Promise.resolve({ plan, bundle: Promise.reject<Bundle>(problem) });
    return { ...bundled, bundler: { ...bundled.bundler, pack } };
  };
  const changed = new JobError({ kind: 'changed', path: 'data/in.csv', how: 'grew' });

  it('fails the submission, and nothing else, where it breaks while the wizard is open', async () => {
    const { backend, sent } = taking();
    const { ui } = scriptedUi(...asItStands, submits);
    const ports = portsOf({ ui, backends: [backend], desk: desk(), bundler: failing(changed).bundler });
    const unhandled = await unhandledIn(() => assert.rejects(submitBundle(undefined, ports), changed));
    assert.deepEqual(unhandled, []);
    assert.equal(sent.length, 0);
  });

  it('may break unseen where the wizard is left', async () => {
    const { ui } = scriptedUi(leaves(/: Script$/));
    const ports = portsOf({
      ui,
      backends: [taking().backend],
      desk: desk(),
      bundler: failing(changed).bundler,
    });
    assert.deepEqual(await unhandledIn(() => submitBundle(undefined, ports)), []);
  });

  for (const at of ['Script', 'Arguments', 'Review']) {
    it(`is removed when the wizard is left at ${at}, and its making is stopped`, async () => {
      const bundled = bundlerOf(plan);
      const signals: AbortSignal[] = [];
      const { pack } = bundled.bundler;
      const bundler: typeof bundled.bundler = {
        ...bundled.bundler,
        pack: (path, limit, report, signal) => {
          signals.push(signal);
          return pack(path, limit, report, signal);
        },
      };
      const all = ['Script', 'Name', 'Arguments', 'Environment', 'Review'];
      const script = all.slice(0, all.indexOf(at)).map((name) => keeps(new RegExp(`: ${name}$`)));
      const { ui } = scriptedUi(...script, leaves(new RegExp(`: ${at}$`)));
      await submitBundle(undefined, portsOf({ ui, backends: [taking().backend], desk: desk(), bundler }));
      assert.deepEqual(bundled.discarded, ['/tmp/bundle-1.tar']);
      assert.deepEqual(
        signals.map(({ aborted }) => aborted),
        [true],
      );
    });
  }

  it('is removed after a failed submission, and nothing is sent again', async () => {
    let calls = 0;
    const { backend } = taking({
      submitBundle: () => {
        calls++;
        return Promise.reject(new JobError({ kind: 'unclearSubmit', place: 'Local' }));
      },
    });
    const bundled = bundlerOf(plan);
    const { ui } = scriptedUi(...asItStands, submits);
    const ports = portsOf({ ui, backends: [backend], desk: desk(), bundler: bundled.bundler });
    await assert.rejects(submitBundle(undefined, ports), {
      problem: { kind: 'unclearSubmit', place: 'Local' },
    });
    assert.equal(calls, 1);
    assert.deepEqual(bundled.discarded, ['/tmp/bundle-1.tar']);
    assert.deepEqual(ports.deeds.done, ['refresh local']);
  });

  it('is not waited for once the submission is stopped', async () => {
    const { backend, sent } = taking();
    const bundled = bundlerOf(plan);
    let broken: (error: Error) => void = () => undefined;
    const bundle = new Promise<Bundle>((_resolve, reject) => {
      broken = reject;
    });
    const pack = (_folder: string, _limit: number, _report: unknown, signal: AbortSignal) => {
      signal.addEventListener('abort', () => {
        broken(new DOMException('Aborted', 'AbortError'));
      });
      return Promise.resolve({ plan, bundle });
    };
    const { ui, seen } = scriptedUi(...asItStands, submits, stops(/^Submitting/));
    await submitBundle(
      undefined,
      portsOf({ ui, backends: [backend], desk: desk(), bundler: { ...bundled.bundler, pack } }),
    );
    assert.equal(sent.length, 0);
    assert.deepEqual(seen.told, []);
  });

  it('holds what was there at the click, not what is there at the last step', async () => {
    const bundled = bundlerOf(plan);
    const order: string[] = [];
    const { ui } = scriptedUi(
      meanwhile(/: Script$/, () => {
        order.push(`packed ${String(bundled.packed.length)}`);
      }),
      ...asItStands,
      submits,
    );
    await submitBundle(
      undefined,
      portsOf({ ui, backends: [taking().backend], desk: desk(), bundler: bundled.bundler }),
    );
    assert.deepEqual(order, ['packed 1']);
    assert.equal(bundled.packed.length, 1);
  });
});
