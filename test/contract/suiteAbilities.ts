import assert from 'node:assert/strict';
import {
  ended,
  isProblem,
  linesOf,
  never,
  numbered,
  request,
  submit,
  until,
  wholeLog,
  type Subject,
} from './subject.js';
import { listFiles, listJobs, sendBundle } from '../fakes/backendCalls.js';
import { listActions } from '../../src/core/domain/availableActions.js';

/** The actions a backend supports on jobs, in addition to listing them and reading their logs. */
export function abilities(subject: () => Subject): void {
  it('accepts what it has validated', async () => {
    const { backend, scripts } = subject();
    const { validate, send } = backend.submit ?? {};
    if (!validate || !send) return;
    const spec = { ...request('validated'), kind: 'script', script: scripts.prints(1) } as const;
    const validation = await validate(spec, never);
    const id = await send(spec, never, undefined, validation);
    assert.equal((await ended(subject(), id)).name, 'validated');
  });

  it('names each of its actions once, and runs none that it does not offer', async () => {
    const { backend, scripts } = subject();
    const actions = backend.control?.actions ?? [];
    assert.equal(new Set(actions.map(({ id }) => id)).size, actions.length);
    const job = await ended(subject(), await submit(backend, scripts.prints(1)));
    for (const { id, offeredBy, isEnabled } of actions)
      assert.equal(
        listActions(backend, job).includes(id),
        offeredBy === undefined && isEnabled(job),
        `${id} is offered if it is possible`,
      );
  });

  it('cancels a running job', async () => {
    const { backend, scripts } = subject();
    const cancel = backend.control?.cancel;
    if (!cancel) return;
    const id = await submit(backend, scripts.lasts());
    await until(subject(), id, ({ state }) => state.kind === 'running');
    await cancel(id, never);
    const { state } = await ended(subject(), id);
    assert.equal(state.kind === 'ended' && state.outcome, 'stopped');
  });

  it('extends the limit of a running job', async () => {
    const { backend, scripts } = subject();
    const { extend, cancel } = backend.control ?? {};
    if (!extend) return;
    const hour = 3_600_000;
    const id = await submit(backend, scripts.lasts(), { limitMs: hour });
    await until(subject(), id, ({ state }) => state.kind === 'running');
    if (subject().mayExtend === false) await assert.rejects(extend(id, hour, never), isProblem('refused'));
    else {
      await extend(id, hour, never);
      await until(subject(), id, ({ limitMs }) => limitMs === 2 * hour);
    }
    await cancel?.(id, never);
    await ended(subject(), id);
  });

  it('deletes a finished job, and no other', async () => {
    const { backend, scripts } = subject();
    const remove = backend.control?.delete;
    if (!remove) return;
    const id = await submit(backend, scripts.lasts());
    await assert.rejects(remove(id, never), isProblem('invalid'));
    await backend.control.cancel?.(id, never);
    await ended(subject(), id);
    await remove(id, never);
    assert.equal(await backend.jobs.get(id, never), undefined);
    assert.ok((await listJobs(backend, 500, never)).jobs.every((job) => job.id !== id));
  });

  it('resubmits a job unchanged', async () => {
    const { backend, scripts } = subject();
    const resubmit = backend.submit?.again;
    if (!resubmit) return;
    const id = await submit(backend, scripts.prints(2), { name: 'again', env: { TIMES: 'two' } });
    await ended(subject(), id);
    const again = await resubmit(id, never);
    assert.notEqual(again, id);
    const job = await ended(subject(), again);
    assert.equal(job.name, 'again');
    assert.deepEqual(job.inputs, { TIMES: 'two' });
    assert.deepEqual(linesOf(await wholeLog(backend, again)), numbered(2));
  });

  it('returns the submitted script', async () => {
    const { backend, scripts } = subject();
    if (!backend.files?.script) return;
    const script = scripts.prints(7);
    assert.deepEqual(await backend.files.script(await submit(backend, script), never), script);
  });

  it('reports the results of a job and its result files', async () => {
    const { backend, scripts } = subject();
    const download = backend.files?.read;
    if (!scripts.results) return;
    const job = await ended(subject(), await submit(backend, scripts.results('{"loss": 0.25}')));
    assert.equal(job.results, '{"loss": 0.25}');
    if (!backend.files?.list || !download) return;
    const file = (await listFiles(backend, job.id, never)).find(({ kind }) => kind === 'result');
    assert.ok(file);
    assert.ok(file.name.endsWith('answer.txt'), file.name);
    const chunks: Uint8Array[] = [];
    for await (const chunk of download(job.id, file, never)) chunks.push(chunk);
    assert.equal(Buffer.concat(chunks).toString(), '42');
    if (file.bytes !== undefined) assert.equal(file.bytes, 2);
  });

  it('runs the script of a bundle among the files of the bundle', async () => {
    const { backend, bundle } = subject();
    if (!backend.capabilities.kinds.includes('bundle') || !bundle) return;
    const { bundle: tar, entry } = await bundle();
    const id = await sendBundle(backend, tar, entry, request('bundled'), never);
    assert.equal((await ended(subject(), id)).name, 'bundled');
    assert.deepEqual(linesOf(await wholeLog(backend, id)), ['from the bundle', 'a note']);
  });
}
