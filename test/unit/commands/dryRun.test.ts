import assert from 'node:assert/strict';
import { submitBundle } from '../../../src/commands/submitBundle.js';
import { submitScriptWithOptions } from '../../../src/commands/submitScript.js';
import type { JobSubmission } from '../../../src/core/domain/backend.js';
import {
  pickJobRequest,
  type Bundle,
  type JobRequest,
  type JobWorkload,
} from '../../../src/core/domain/jobSpec.js';
import { JobError } from '../../../src/core/domain/problem.js';
import { bundlerOf, openFolder, openScript, planOf, portsOf } from '../../fakes/commandPorts.js';
import { takingBundles, takingScripts } from '../../fakes/taking.js';
import { keeps, leaves, picks, scriptedUi, stops } from '../../fakes/ui.js';

const capabilities = { args: false, env: false };
const questions: JobSubmission['questions'] = () => [
  { id: 'node', title: 'Node', prompt: 'What it runs on', initial: 'small', optional: true },
];

/** The arguments of a dry run, and a member that responds to it. */
function dry() {
  const asked: {
    readonly work: JobWorkload;
    readonly bundle: Bundle | undefined;
    readonly request: JobRequest;
  }[] = [];
  const dryRun: NonNullable<JobSubmission['dryRun']> = (draft) => {
    const { name: _, args: __, env: ___, options: ____, limitMs: _____, ...rest } = draft;
    const { bundle, ...work } = { bundle: undefined, ...rest };
    asked.push({ work, bundle, request: pickJobRequest(draft) });
    return Promise.resolve('POST /submit\n');
  };
  return { asked, dryRun };
}

const scriptDesk = { getScript: () => Promise.resolve(openScript('fit.jl', '1')) };
const folderDesk = { getFolder: () => Promise.resolve(openFolder('fit.jl')) };

describe('a dry run', () => {
  it('shows the whole request of a script and sends nothing', async () => {
    const { asked, dryRun } = dry();
    const { backend, sent } = takingScripts({ capabilities, questions, dryRun });
    const { ui, seen } = scriptedUi(
      picks(/: Review$/, 'Dry Run'),
      picks(/: Dry Run$/, 'Back to Review'),
      leaves(/: Review$/),
    );
    await submitScriptWithOptions(undefined, portsOf({ ui, backends: [backend], desk: scriptDesk }));
    assert.deepEqual(seen.left(), []);
    assert.deepEqual(seen.papers, [{ title: 'Dry run of fit.jl.txt', text: 'POST /submit\n' }]);
    assert.equal(sent.length, 0);
    const [run] = asked;
    assert.deepEqual(run?.work, { kind: 'script', script: { name: 'fit.jl', text: '1' } });
    assert.equal(run.bundle, undefined);
    assert.deepEqual(run.request.options, { node: 'small' });
  });

  it('of a folder uses the bundle that would be sent', async () => {
    const { asked, dryRun } = dry();
    const { backend, sent } = takingBundles({ capabilities, dryRun });
    const { bundler, packed, discarded } = bundlerOf(planOf('/home/ada/fit', { 'fit.jl': 10 }));
    const { ui, seen } = scriptedUi(
      picks(/: Review$/, 'Dry Run'),
      keeps(/: Dry Run$/),
      picks(/: Review$/, 'Submit'),
    );
    await submitBundle(undefined, portsOf({ ui, backends: [backend], desk: folderDesk, bundler }));
    assert.deepEqual(seen.left(), []);
    assert.deepEqual(asked[0]?.work, { kind: 'bundle', entry: 'fit.jl' });
    assert.equal(asked[0].bundle?.sha256, sent[0]?.bundle.sha256);
    assert.equal(asked[0].bundle?.file, '/tmp/bundle-1.tar');
    assert.deepEqual(packed, ['/home/ada/fit']);
    assert.deepEqual(discarded, ['/tmp/bundle-1.tar']);
  });

  it('of a folder can be cancelled while the bundle is packed', async () => {
    const { asked, dryRun } = dry();
    const { backend, sent } = takingBundles({ capabilities, dryRun });
    const plan = planOf('/home/ada/fit', { 'fit.jl': 10 });
    const { bundler } = bundlerOf(plan, plan);
    const never = {
      ...bundler,
      pack: (_folder: string, _limit: number, _report: unknown, signal: AbortSignal) =>
        Promise.resolve({
          plan,
          bundle: new Promise<Bundle>((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')));
          }),
        }),
    };
    const { ui } = scriptedUi(picks(/: Review$/, 'Dry Run'), stops('Preparing fit.jl'), leaves(/: Review$/));
    await submitBundle(undefined, portsOf({ ui, backends: [backend], desk: folderDesk, bundler: never }));
    assert.deepEqual([asked.length, sent.length], [0, 0]);
  });

  it('is offered only if the backend supports it', async () => {
    const { backend } = takingScripts({ capabilities });
    const { ui, seen } = scriptedUi(leaves(/: Review$/));
    await submitScriptWithOptions(undefined, portsOf({ ui, backends: [backend], desk: scriptDesk }));
    assert.ok(!seen.steps.at(-1)?.labels.includes('Dry Run'));
  });

  it('reports why it failed, and returns to the review', async () => {
    const problem = { kind: 'signedOut', place: 'Local' } as const;
    const { backend } = takingScripts({ capabilities, dryRun: () => Promise.reject(new JobError(problem)) });
    const { ui, seen } = scriptedUi(picks(/: Review$/, 'Dry Run'), leaves(/: Review$/));
    await submitScriptWithOptions(undefined, portsOf({ ui, backends: [backend], desk: scriptDesk }));
    assert.deepEqual(
      seen.told.map(({ text }) => text),
      ['Your sign-in to Local has expired.'],
    );
  });
});
