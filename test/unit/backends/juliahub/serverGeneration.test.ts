import assert from 'node:assert/strict';
import { toServerGeneration } from '../../../../src/backends/juliahub/serverGeneration.js';

// Source: docs/protocols/juliahub.md, 1.7 and 12.3.
describe('the features of a JuliaHub server', () => {
  for (const [version, hasProducts, hasProjects] of [
    ['0.0.0-legacy', false, false],
    ['0.0.0', false, false],
    ['0.0.1-dev', false, false],
    ['0.0.1', true, false],
    ['0.1', true, false],
    ['0.1.99', true, false],
    ['0.2.0-rc1', true, false],
    ['0.2.0+build', true, true],
    ['0.2', true, true],
    ['0.10.0', true, true],
    ['1', true, true],
  ] as const)
    it(`depend on the version ${version}`, () => {
      assert.deepEqual(toServerGeneration(version), { hasProducts, hasProjects });
    });
});
