import assert from 'node:assert/strict';
import {
  createAbortError,
  dedupeCalls,
  getAbortError,
  isAbort,
  linkAbort,
  neverAborted,
  raceAbort,
  throwIfAborted,
} from '../../../src/lib/abort.js';

const never = (): Promise<string> => new Promise(() => undefined);

describe('raceAbort', () => {
  it('returns the result of the operation', async () => {
    assert.equal(await raceAbort(Promise.resolve('done'), neverAborted), 'done');
    await assert.rejects(raceAbort(Promise.reject(new Error('broken')), neverAborted), /broken/);
  });

  it('rejects with an AbortError once the signal is aborted, for any reason', async () => {
    const stop = new AbortController();
    const waited = assert.rejects(raceAbort(never(), stop.signal), { name: 'AbortError' });
    stop.abort(new Error('closed'));
    await waited;
  });

  it('rejects with the reason of the signal if requested', async () => {
    const closed = AbortSignal.abort(new Error('closed'));
    await assert.rejects(raceAbort(never(), closed, getAbortError), /closed/);
    await assert.rejects(raceAbort(never(), AbortSignal.abort('text'), getAbortError), {
      name: 'AbortError',
    });
  });

  it('leaves no listener on the signal', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    };
    await raceAbort(Promise.resolve(), signal);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(listeners, 0);
  });
});

describe('throwIfAborted', () => {
  it('throws an AbortError, for any reason', () => {
    throwIfAborted(neverAborted);
    assert.throws(() => throwIfAborted(AbortSignal.abort(new Error('closed'))), { name: 'AbortError' });
  });
});

describe('isAbort', () => {
  it('returns true for errors of aborted operations, and for no others', () => {
    assert.equal(isAbort(createAbortError()), true);
    assert.equal(isAbort(AbortSignal.abort().reason), true);
    assert.equal(isAbort(new Error('AbortError')), false);
    assert.equal(isAbort({ name: 'AbortError' }), false);
  });
});

describe('linkAbort', () => {
  it('aborts with the outer signal, for the same reason', () => {
    const outer = new AbortController();
    const inner = linkAbort(outer.signal);
    assert.equal(inner.signal.aborted, false);
    outer.abort('why');
    assert.deepEqual([inner.signal.aborted, inner.signal.reason], [true, 'why']);
    assert.equal(linkAbort(outer.signal).signal.reason, 'why');
  });

  it('aborts alone, and is not aborted once it is unlinked', () => {
    const outer = new AbortController();
    const [alone, unlinked] = [linkAbort(outer.signal), linkAbort(outer.signal)];
    alone.abort();
    unlinked.unlink();
    assert.deepEqual([alone.signal.aborted, outer.signal.aborted], [true, false]);
    outer.abort();
    assert.equal(unlinked.signal.aborted, false);
  });
});

describe('dedupeCalls', () => {
  it('runs once for concurrent calls, and again later', async () => {
    let runs = 0;
    const ask = dedupeCalls(() => Promise.resolve(++runs));
    assert.deepEqual(await Promise.all([ask(), ask()]), [1, 1]);
    assert.equal(await ask(), 2);
  });

  it('aborts only the call whose signal was aborted', async () => {
    let finish = (_: string): void => undefined;
    const ask = dedupeCalls(() => new Promise<string>((resolve) => (finish = resolve)));
    const stop = new AbortController();
    const stopped = assert.rejects(ask(stop.signal), { name: 'AbortError' });
    const other = ask();
    stop.abort();
    await stopped;
    finish('done');
    assert.equal(await other, 'done');
  });

  it('runs again after a failure', async () => {
    let runs = 0;
    const ask = dedupeCalls(() =>
      ++runs === 1 ? Promise.reject(new Error('broken')) : Promise.resolve(runs),
    );
    await assert.rejects(ask(), /broken/);
    assert.equal(await ask(), 2);
  });
});
