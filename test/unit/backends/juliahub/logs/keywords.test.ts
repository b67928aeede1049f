import assert from 'node:assert/strict';
import { toKeywords } from '../../../../../src/backends/juliahub/logs/keywords.js';

const user = { level: 'Info', _module: 'Main', filepath: '/home/ada/fit.jl', line: 7 };

describe('the values of a line of a JuliaHub log', () => {
  it("contain only the user's values in the documented example", () => {
    const keywords = {
      'typeof(logger)': 'JuliaHubLogger',
      jrun_hostname: 'jr-xf4tslavut-x5z4g',
      jrun_worker_id: 1,
      jrun_thread_id: 1,
      jrun_process_id: 27,
      jrun_time: '2026',
      iter: '3',
    };
    assert.deepEqual(toKeywords(keywords, user, 'info'), { iter: '3' });
    const start = { filepath: '/opt/juliahub/master_startup.jl', line: 141, _module: 'Main.JuliaRunJob' };
    for (const level of ['info', 'warn', 'error'])
      assert.equal(toKeywords({ ...keywords, iter: undefined }, start, level), undefined);
  });

  for (const name of [
    'typeof(logger)',
    'typeof(current_logger())',
    'typeof(Base.global_logger())',
    'typeof(jobLogger)',
    'jrun_anything_new',
    'JRUN_TIME',
    'maxlog',
    '_module',
    '_group',
    '_id',
    '_file',
    '_line',
  ])
    it(`omit ${name}`, () => {
      assert.equal(toKeywords({ [name]: 'x' }, user, 'info'), undefined);
    });

  for (const name of ['typeof(x)', 'size(A)', 'x + 1', 'logger', 'jrun', 'line', 'constructor', '_loss', 'η'])
    it(`contain ${name}, which can be the user's`, () => {
      assert.deepEqual(toKeywords({ [name]: 'x' }, user, 'info'), { [name]: 'x' });
    });

  it('are texts for every type', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = [deep];
    assert.deepEqual(toKeywords({ deep, a: null, b: [1], c: 'x'.repeat(5_000) }, user, 'info'), {
      deep: '…',
      a: 'null',
      b: '[1]',
      c: `${'x'.repeat(4_000)}…`,
    });
  });
});
