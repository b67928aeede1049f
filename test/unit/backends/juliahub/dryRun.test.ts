import assert from 'node:assert/strict';
import { formatFieldsDryRun } from '../../../../src/backends/juliahub/dryRun.js';
import type { JuliaHubWorkload } from '../../../../src/backends/juliahub/fields.js';
import type { JobRequest } from '../../../../src/core/domain/jobSpec.js';

const node = { nodeClass: 'm6', gpu: false, cpus: 4, memory: 16, price: 0.33, description: '', display: '4' };
const base = 'https://example.org/hub';
const show = (work: JuliaHubWorkload, request: Partial<JobRequest> = {}): string =>
  formatFieldsDryRun(
    work,
    { name: 'fit', args: [], env: {}, limitMs: 3_600_000, options: {}, ...request },
    { node },
    { base },
  );
const script: JuliaHubWorkload = { kind: 'script', script: { name: 'a.jl', text: 'a\n  b\r\n' } };

describe('the dry run of a JuliaHub job', () => {
  it('starts with a note that nothing was sent, followed by the request', () => {
    const lines = show(script).split('\n');
    assert.deepEqual(lines.slice(0, 6), [
      '# Nothing was sent.',
      '',
      'POST https://example.org/hub/juliaruncloud/submit_job',
      'Authorization: Bearer ••••',
      'Content-Type: multipart/form-data',
      '',
    ]);
    assert.ok(lines.includes('node_class = m6') && lines.includes('sysimage_build = nothing'));
    assert.ok(lines.includes('usercode =') && lines.includes('  | a') && lines.includes('  |   b\r'));
  });

  it('hides values whose names suggest secrets', () => {
    const text = show(script, {
      env: { API_KEY: 'k1-hush', my_token: 'k2-hush', DB_PASSWORD: 'k3-hush', n: '1000' },
      options: { port: '8080', access: 'password', password: 'Hidden1Password' },
    });
    assert.doesNotMatch(text, /hush|Hidden1/);
    assert.ok(
      text.includes('"n":"1000"') && text.includes('"port":8080') && text.includes('"API_KEY":"••••"'),
    );
  });

  it('shows the upload of a bundle first', () => {
    const bundle = { file: '/t.tar', root: 'r', files: 1, bytes: 5, sha256: 'b'.repeat(64) };
    const text = show({ kind: 'bundle', entry: 'main.jl', bundle });
    const [get, put, post] = ['GET https', 'PUT ', 'POST https'].map((word) => text.indexOf(word));
    assert.ok(
      get !== undefined && put !== undefined && post !== undefined && get < put && put < post && get > 0,
    );
    assert.match(text, /file_size = 5$/m);
    assert.match(text, /\(5 bytes, without the token\)/);
  });
});
