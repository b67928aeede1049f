import assert from 'node:assert/strict';
import { submitBundle } from '../../../src/commands/submitBundle.js';
import type { Bundle } from '../../../src/core/domain/jobSpec.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { bundlerOf, openFolder, planOf, portsOf, type Bundled } from '../../fakes/commandPorts.js';
import { unhandledIn } from '../../fakes/rejections.js';
import { takingBundles } from '../../fakes/taking.js';
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

const folder = '/home/ada/fit';
const plan = planOf(
  folder,
  { 'src/model.jl': 700, 'main.jl': 300, 'data/in.csv': 4096 },
  { 'data/raw/': 'data/raw' },
);
const desk = () => ({ getFolder: () => Promise.resolve(openFolder()) });
/** Runs through the wizard without changes, up to the review. */
const asItStands: readonly Expected[] = [keeps(/: Script$/)];
const submits = picks(/: Review$/, 'Submit');

describe('the review of a bundle', () => {
  const withSecret = planOf(
    folder,
    { 'main.jl': 300, '.env': 40, 'data/in.csv': 3_250_000 },
    { 'data/raw/': 'data/raw', 'plots/': 'plots' },
    ['data/link leads nowhere.'],
  );
  const reviewing = (bundled: Bundled, ...script: readonly Expected[]) => {
    const { backend, sent } = takingBundles();
    const { ui, seen } = scriptedUi(...script);
    const ports = portsOf({ ui, backends: [backend], desk: desk(), bundler: bundled.bundler });
    return { sent, seen, ports, done: submitBundle(undefined, ports) };
  };

  it('shows what is included, what is excluded, the largest files, and warnings', async () => {
    const { seen, done } = reviewing(bundlerOf(withSecret), leaves(/: Review$/));
    await done;
    const items = seen.steps.at(-1)?.items ?? [];
    const textOf = (label: string): string | undefined => {
      const item = items.find((one) => one.label === label);
      return item?.description ?? item?.detail;
    };
    assert.equal(textOf('Bundle'), '3 files, 3.1 MiB (2 excluded)');
    assert.equal(textOf('Largest'), 'data/in.csv (3.1 MiB), main.jl (300 B), .env (40 B)');
    assert.equal(textOf('Exclude .env…'), 'It may contain secrets and will be included.');
    assert.equal(textOf('Warning'), 'data/link leads nowhere.');
  });

  it('is hidden while the file list is shown, and comes back', async () => {
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

  it('adds a rule for a secret, scans the folder again, and shows the updated review', async () => {
    const clean = planOf(folder, { 'main.jl': 300 }, { '.env': '.env' });
    const bundled = bundlerOf(withSecret, clean);
    const { sent, seen, ports, done } = reviewing(
      bundled,
      picks(/: Review$/, 'Exclude .env…'),
      answers('Exclude .env from bundles?', 'Add Rule'),
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

  it('keeps the answers when the folder is scanned again', async () => {
    const bundled = bundlerOf(withSecret, planOf(folder, { 'main.jl': 300 }));
    const { backend, sent } = takingBundles();
    const { ui } = scriptedUi(
      picks(/: Review$/, 'Name'),
      types(/: Name$/, 'mine'),
      picks(/: Review$/, 'Arguments'),
      types(/: Arguments$/, '--fast'),
      picks(/: Review$/, 'Exclude .env…'),
      answers(/Exclude \.env/, 'Add Rule'),
      submits,
    );
    await submitBundle(
      undefined,
      portsOf({ ui, backends: [backend], desk: desk(), bundler: bundled.bundler }),
    );
    assert.deepEqual([sent[0]?.request.name, sent[0]?.request.args], ['mine', ['--fast']]);
  });

  it('adds no rule if the prompt is dismissed, and shows the review again', async () => {
    const bundled = bundlerOf(withSecret);
    const { ports, sent, done } = reviewing(
      bundled,
      picks(/: Review$/, 'Exclude .env…'),
      answers(/Exclude \.env/, undefined),
      submits,
    );
    await done;
    assert.ok(!ports.deeds.done.some((deed) => deed.startsWith('exclude')));
    assert.equal(bundled.packed.length, 1);
    assert.equal(sent.length, 1);
  });

  it('returns to the question with all answers kept', async () => {
    const { sent, done } = reviewing(
      bundlerOf(plan),
      ...asItStands,
      picks(/: Review$/, 'Arguments'),
      types(/: Arguments$/, '--fast'),
      goesBack(/: Review$/),
      picks(/: Script$/, 'main.jl'),
      submits,
    );
    await done;
    assert.deepEqual(sent[0]?.request.args, ['--fast']);
    assert.equal(sent[0].entry, 'main.jl');
  });
});

describe('the tar of a bundle', () => {
  const failing = (problem: JobError): Bundled => {
    const bundled = bundlerOf(plan);
    const pack = () => Promise.resolve({ plan, bundle: Promise.reject<Bundle>(problem) });
    return { ...bundled, bundler: { ...bundled.bundler, pack } };
  };
  const changed = new JobError({ kind: 'changed', path: 'data/in.csv', how: 'grew' });

  it('fails only the submission if packing fails while the wizard is open', async () => {
    const { backend, sent } = takingBundles();
    const { ui } = scriptedUi(...asItStands, submits);
    const ports = portsOf({ ui, backends: [backend], desk: desk(), bundler: failing(changed).bundler });
    const unhandled = await unhandledIn(() => assert.rejects(submitBundle(undefined, ports), changed));
    assert.deepEqual(unhandled, []);
    assert.equal(sent.length, 0);
  });

  it('can fail silently if the wizard is dismissed', async () => {
    const { ui } = scriptedUi(leaves(/: Script$/));
    const ports = portsOf({
      ui,
      backends: [takingBundles().backend],
      desk: desk(),
      bundler: failing(changed).bundler,
    });
    assert.deepEqual(await unhandledIn(() => submitBundle(undefined, ports)), []);
  });

  for (const at of ['Script', 'Review']) {
    it(`is deleted if the wizard is dismissed at ${at}, and its packing is cancelled`, async () => {
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
      const all = ['Script', 'Review'];
      const script = all.slice(0, all.indexOf(at)).map((name) => keeps(new RegExp(`: ${name}$`)));
      const { ui } = scriptedUi(...script, leaves(new RegExp(`: ${at}$`)));
      await submitBundle(
        undefined,
        portsOf({ ui, backends: [takingBundles().backend], desk: desk(), bundler }),
      );
      assert.deepEqual(bundled.discarded, ['/tmp/bundle-1.tar']);
      assert.deepEqual(
        signals.map(({ aborted }) => aborted),
        [true],
      );
    });
  }

  it('is deleted after a failed submission, and nothing is sent again', async () => {
    let calls = 0;
    const { backend } = takingBundles({
      send: () => {
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
    assert.deepEqual(ports.deeds.done, ['refresh local', 'refresh local', 'refresh local']);
  });

  it('is not awaited once the submission is cancelled', async () => {
    const { backend, sent } = takingBundles();
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

  it('contains the files as of the click, not as of the last step', async () => {
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
      portsOf({ ui, backends: [takingBundles().backend], desk: desk(), bundler: bundled.bundler }),
    );
    assert.deepEqual(order, ['packed 1']);
    assert.equal(bundled.packed.length, 1);
  });
});
