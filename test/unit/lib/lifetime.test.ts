import assert from 'node:assert/strict';
import { Emitter } from '../../../src/lib/event.js';
import { createDisposable, Lifetime } from '../../../src/lib/lifetime.js';

describe('Lifetime', () => {
  it('disposes its parts in reverse order, once', () => {
    const ended: string[] = [];
    const life = new Lifetime();
    for (const name of ['first', 'second']) life.own({ dispose: () => ended.push(name) });
    life.dispose();
    life.dispose();
    assert.deepEqual(ended, ['second', 'first']);
  });

  it('aborts pending waits before it disposes its parts', () => {
    const life = new Lifetime();
    const seen: boolean[] = [];
    life.own({ dispose: () => seen.push(life.signal.aborted) });
    assert.equal(life.signal.aborted, false);
    life.dispose();
    assert.deepEqual(seen, [true]);
  });

  it('disposes a part immediately if it is added after the end', () => {
    const life = new Lifetime();
    life.dispose();
    let ended = 0;
    life.own({ dispose: () => ended++ });
    assert.equal(ended, 1);
  });

  it('returns what it owns', () => {
    const part = { dispose: () => undefined, name: 'part' };
    assert.equal(new Lifetime().own(part), part);
  });

  it('disposes the other parts if one fails, and then fails', () => {
    const ended: string[] = [];
    const life = new Lifetime();
    life.own({ dispose: () => ended.push('first') });
    life.own({
      dispose: () => {
        throw new Error('stuck');
      },
    });
    assert.throws(() => {
      life.dispose();
    }, /stuck/);
    assert.deepEqual(ended, ['first']);
  });
});

describe('disposable', () => {
  it('runs its callback once', () => {
    let ended = 0;
    const part = createDisposable(() => ended++);
    part.dispose();
    part.dispose();
    assert.equal(ended, 1);
  });
});

describe('Emitter', () => {
  it('calls each listener until it is removed, once per registration', () => {
    const emitter = new Emitter<number>();
    const heard: number[] = [];
    const listen = (value: number): void => {
      heard.push(value);
    };
    const first = emitter.event(listen);
    emitter.event(listen);
    emitter.fire(1);
    first.dispose();
    emitter.fire(2);
    emitter.dispose();
    emitter.fire(3);
    assert.deepEqual(heard, [1, 1, 2]);
  });

  it('calls the other listeners if one fails, and then fails', () => {
    const emitter = new Emitter<number>();
    const heard: number[] = [];
    emitter.event(() => {
      throw new Error('deaf');
    });
    emitter.event((value) => heard.push(value));
    assert.throws(() => {
      emitter.fire(1);
    }, /deaf/);
    assert.deepEqual(heard, [1]);
  });

  it('does not call a listener that was added during the event', () => {
    const emitter = new Emitter<number>();
    const heard: string[] = [];
    emitter.event(() => {
      emitter.event(() => heard.push('late'));
    });
    emitter.fire(1);
    assert.deepEqual(heard, []);
  });
});
