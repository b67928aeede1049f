import assert from 'node:assert/strict';
import {
  getDefaultPattern,
  expandPattern,
  type PatternValues,
} from '../../../../src/backends/slurm/patterns.js';

const job: PatternValues = { jobId: 128, name: 'my fit', user: 'al', workDir: '/home/al/work' };
const task: PatternValues = { ...job, jobId: 37, arrayId: 36, index: 12 };

describe('the output file of a job', () => {
  it('is absolute, below the working directory if the pattern is relative', () => {
    assert.equal(expandPattern('/scratch/%j.out', job), '/scratch/128.out');
    assert.equal(expandPattern('out/%j.out', job), '/home/al/work/out/128.out');
    assert.equal(expandPattern('a.out', { ...job, workDir: '/' }), '/a.out');
    assert.equal(expandPattern('../a/./b.out', job), '/home/al/work/../a/./b.out');
  });

  it('expands the placeholders of a job', () => {
    assert.equal(expandPattern('/%u/%x-%j_%A.%%', job), '/al/my fit-128_128.%');
    assert.equal(expandPattern('/%a', job), '/4294967294');
    assert.equal(expandPattern('/%N.%n.%t', { ...job, node: 'n1' }), '/n1.0.0');
  });

  it('expands the placeholders of a task', () => {
    assert.equal(expandPattern('/%A_%a.%j.%J', task), '/36_12.37.37');
  });

  it('pads numbers with zeros', () => {
    assert.equal(expandPattern('/%4j-%5a-%2j', task), '/0037-00012-37');
    assert.equal(expandPattern('/%20j', task), '/0000000037');
  });

  it('is the pattern itself if it contains a backslash', () => {
    assert.equal(expandPattern('/a\\%j.out', job), '/a%j.out');
    assert.equal(expandPattern('\\%j-%x', job), '/home/al/work/%j-%x');
  });

  it('is unknown if a placeholder is unknown', () => {
    for (const pattern of ['/%N.out', '/%4N', '/%b', '/%1%', '/a%', '/a%4'])
      assert.equal(expandPattern(pattern, job), undefined, pattern);
  });

  it('expands the last digit of an index only if this Slurm version supports it', () => {
    assert.equal(expandPattern('/%b-%2b', { ...task, knowsModulo: true }), '/2-02');
    assert.equal(expandPattern('/%b-%2b', { ...task, knowsModulo: false }), '/%b-%2b');
  });

  it('is the file that real Slurm versions wrote', () => {
    const real: PatternValues = {
      ...job,
      name: 'n',
      node: 'localhost',
      user: 'root',
      workDir: '/w',
      knowsModulo: false,
    };
    const written = [
      ['f1-%J-%s', 6, 'f1-6-batch'],
      ['f2-%t-%n-%N', 7, 'f2-0-0-localhost'],
      ['f3-%b-%4j-%4a', 8, 'f3-%b-0008-4294967294'],
      ['f5-%q-%%', 10, 'f5-%q-%'],
      ['f6-\\%j', 11, 'f6-%j'],
      ['f7-%20j-%3u', 12, 'f7-0000000012-root'],
      ['f9-%A_%a', 14, 'f9-14_4294967294'],
      ['f10-%012j', 15, 'f10-0000000015'],
    ] as const;
    for (const [pattern, jobId, file] of written)
      assert.equal(expandPattern(pattern, { ...real, jobId }), `/w/${file}`);
    const newer = { ...real, knowsModulo: true };
    assert.equal(expandPattern('f3-%b-%4j-%4a', { ...newer, jobId: 8 }), '/w/f3-4-0008-4294967294');
    assert.equal(
      expandPattern('g-%A_%a-%b-%2b-%j-%J-%3a', { ...newer, jobId: 16, arrayId: 16, index: 13 }),
      '/w/g-16_13-3-03-16-16-013',
    );
    assert.equal(
      expandPattern('g-%A_%a-%b-%j-%J-%3a', { ...real, jobId: 26, arrayId: 16, index: 0 }),
      '/w/g-16_0-%b-26-26-000',
    );
  });

  it('inserts a name literally, not as a pattern', () => {
    assert.equal(expandPattern('/%x.out', { ...job, name: '$&%j$1' }), '/$&%j$1.out');
  });

  it('contains the job id, or the array id and index of a task, by default', () => {
    assert.equal(expandPattern(getDefaultPattern(false), job), '/home/al/work/slurm-128.out');
    assert.equal(expandPattern(getDefaultPattern(true), task), '/home/al/work/slurm-36_12.out');
  });
});
