import assert from 'node:assert/strict';
import { loadLazily, loadOnce } from '../../../src/lib/lazy.js';

describe('a lazily loaded value', () => {
  it('is loaded by the first call and is shared by all', async () => {
    let loads = 0;
    const load = loadOnce(async () => ({ number: ++loads }));
    assert.equal(loads, 0);
    const [first, second] = await Promise.all([load(), load()]);
    assert.equal(first, second);
    assert.equal(loads, 1);
  });
});

describe('a lazily loaded object', () => {
  interface Sums {
    add(a: number, b: number): Promise<number>;
    fail(): Promise<void>;
  }
  class FromTen implements Sums {
    readonly #base = 10;
    async add(a: number, b: number): Promise<number> {
      return this.#base + a + b;
    }
    fail(): Promise<void> {
      return Promise.reject(new Error('no'));
    }
  }
  const create = (loads: string[]): Sums =>
    loadLazily<Sums>(
      async () => {
        loads.push('load');
        return new FromTen();
      },
      { add: true, fail: true },
    );

  it('is loaded once, by the first call of a member', async () => {
    const loads: string[] = [];
    const lazy = create(loads);
    assert.deepEqual(loads, []);
    assert.deepEqual(await Promise.all([lazy.add(1, 2), lazy.add(3, 4)]), [13, 17]);
    assert.deepEqual(loads, ['load']);
  });

  it('fails like its member', async () => {
    await assert.rejects(create([]).fail(), /^Error: no$/);
  });
});
