import assert from 'node:assert/strict';
import {
  validateEnvironment,
  parseNodeCount,
  validateNodeCount,
  validatePassword,
  validatePort,
  validatePrefix,
  validateProject,
} from '../../../../src/backends/juliahub/validation.js';
import { JobError } from '../../../../src/core/domain/problem.js';
import { juliaEnvironment } from '../../../fakes/julia.js';

const isFine = (wrong: string | undefined): boolean => wrong === undefined;

// The values are those of docs/protocols/juliahub.md, 3.5 and 10.2.
describe('checks of a JuliaHub submission', () => {
  it('accepts ports in three ranges, or none', () => {
    for (const port of ['', ' ', '1025', '8080', '9008', '9010', '18000', '23399', '23500', ' 32767 '])
      assert.ok(isFine(validatePort(port)), port);
    const wrong =
      '-200 0 80 443 1024 9009 23400 23499 32768 40000 65535 65536 8080.5 1e4 0x2000 http 8080x ٨٠٨٠ 008080';
    for (const port of wrong.split(' ')) assert.ok(!isFine(validatePort(port)), port);
  });

  it('accepts a number of nodes, or a range', () => {
    assert.deepEqual(parseNodeCount('1'), { most: 1 });
    assert.deepEqual(parseNodeCount(' 12 '), { most: 12 });
    assert.deepEqual(parseNodeCount('2-8'), { least: 2, most: 8 });
    assert.deepEqual(parseNodeCount('2 – 8'), { least: 2, most: 8 });
    for (const text of ['', '0', '-20', '-5-3', '3-2', '4-4', '0-3', '1.5', '2-', 'two', '12345'])
      assert.equal(parseNodeCount(text), undefined, text);
    assert.ok(isFine(validateNodeCount('4', true)));
    assert.ok(isFine(validateNodeCount('2-4', false)));
    assert.ok(!isFine(validateNodeCount('2-4', true)));
  });

  it('accepts passwords of 8 to 32 characters with three kinds of characters', () => {
    for (const text of ['Secret12', `Aa1${'x'.repeat(29)}`, 'A b1####'])
      assert.ok(isFine(validatePassword(text)));
    for (const text of ['', 'Secre12', `Aa1${'x'.repeat(30)}`, 'secret12', 'SECRET12', 'SecretXX'])
      assert.ok(!isFine(validatePassword(text)), text);
  });

  it('accepts names that are valid in a host name', () => {
    for (const text of ['', 'a', 'my-fit-2', 'x'.repeat(63)]) assert.ok(isFine(validatePrefix(text)), text);
    for (const text of ['-a', 'a-', 'A', 'a.b', 'a_b', 'é', 'x'.repeat(64), ' '])
      assert.ok(!isFine(validatePrefix(text)), text);
  });

  it('accepts project ids', () => {
    for (const text of ['', '01234567-89ab-cdef-0123-456789abcdef', '01234567-89AB-CDEF-0123-456789ABCDEF'])
      assert.ok(isFine(validateProject(text)), text);
    for (const text of [
      '123',
      ' ',
      '0123456789abcdef0123456789abcdef',
      '01234567-89ab-cdef-0123-456789abcdeg',
    ])
      assert.ok(!isFine(validateProject(text)), text);
  });

  it('are environments that can be read', () => {
    const good = { project: '', manifest: '# only\n', artifacts: '[a]\nb = 1\n' };
    validateEnvironment(juliaEnvironment('/p', good));
    for (const [name, bad] of [
      ['Project.toml', { project: 'a =' }],
      ['Manifest.toml', { manifest: '[[a' }],
      ['Artifacts.toml', { artifacts: 'a = 1\na = 2\n' }],
    ] as const)
      assert.throws(
        () => validateEnvironment(juliaEnvironment('/p', { ...good, ...bad })),
        (error) => {
          assert.ok(error instanceof JobError && error.problem.kind === 'invalid');
          assert.ok(error.problem.why.startsWith(`${name} cannot be read`), error.problem.why);
          return true;
        },
      );
  });
});
