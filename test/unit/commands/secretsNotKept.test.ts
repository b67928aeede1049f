import assert from 'node:assert/strict';
import { submitScript, submitScriptWithOptions } from '../../../src/commands/submitScript.js';
import { openScript, portsOf } from '../../fakes/commandPorts.js';
import { leaves, picks, scriptedUi, types, type Expected } from '../../fakes/ui.js';
import { takingScripts } from '../../fakes/taking.js';

const secret = 'hunter2-Zx9';
const review = 'Submit fit.jl to Local: Review';

/** Submits with these arguments and variables; returns what was sent, shown, and stored. */
function submitWith(facts: Map<string, unknown>, ...script: readonly Expected[]) {
  const { backend, sent } = takingScripts({
    capabilities: { args: true, env: true },
    questions: () => [{ id: 'extra', title: 'Extra', prompt: '', initial: '', optional: true }],
  });
  const { ui, seen } = scriptedUi(...script);
  const desk = { getScript: () => Promise.resolve(openScript('fit.jl', '1')) };
  const run = (submit: typeof submitScript) =>
    submit(undefined, portsOf({ ui, backends: [backend], desk, facts }));
  return { sent, seen, run };
}

describe('the stored answers of a submission', () => {
  const kept = (facts: Map<string, unknown>): string => JSON.stringify([...facts]);
  const fields = (facts: Map<string, unknown>) =>
    submitWith(
      facts,
      picks(review, 'Arguments'),
      types('Submit fit.jl: Arguments', `data.csv --token ${secret} --url=https://ada:${secret}@example.org`),
      picks(review, 'Environment'),
      types('Submit fit.jl: Environment', `API_TOKEN=${secret} n=1000`),
      picks(review, 'Extra'),
      types('Submit fit.jl: Extra', `--export=ALL,DB_PASSWORD=${secret}`),
      picks(review, 'Submit'),
    );

  it('contain no secret, although everything is sent', async () => {
    const facts = new Map<string, unknown>();
    const { sent, seen, run } = fields(facts);
    await run(submitScriptWithOptions);
    assert.deepEqual(seen.left(), []);
    assert.equal(JSON.stringify(sent).split(secret).length - 1, 4, 'all are sent');
    assert.ok(kept(facts).includes('data.csv'));
    assert.ok(kept(facts).includes('"n":"1000"'));
    assert.ok(!kept(facts).includes(secret), kept(facts));
  });

  it('open the review the next time, which lists what was not stored, instead of submitting an incomplete job', async () => {
    const facts = new Map<string, unknown>();
    await fields(facts).run(submitScriptWithOptions);
    const again = submitWith(facts, leaves(review));
    await again.run(submitScript);
    assert.deepEqual(again.seen.left(), []);
    assert.equal(again.sent.length, 0);
    const line = again.seen.steps.at(-1)?.items.find(({ label }) => label === 'Not Remembered');
    assert.match(line?.detail ?? '', /^--token, --url, API_TOKEN, extra: secrets are not stored\./);
  });

  it('submit immediately again after a submission without secrets', async () => {
    const facts = new Map<string, unknown>();
    await fields(facts).run(submitScriptWithOptions);
    await submitWith(facts, picks(review, 'Submit')).run(submitScript);
    const third = submitWith(facts);
    await third.run(submitScript);
    assert.equal(third.sent.length, 1);
    assert.deepEqual(third.sent[0]?.request.args, ['data.csv']);
  });
});

describe('a script submitted by a link or another extension', () => {
  it('is sent only from the review', async () => {
    const { sent, seen, run } = submitWith(new Map(), leaves(review));
    await run((resource, ports) => submitScript(resource, ports, true));
    assert.deepEqual(seen.left(), []);
    assert.equal(sent.length, 0);
  });
});
