import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { RegisteredApplication } from '../../../../src/backends/juliahub/applications.js';
import {
  toFormFields,
  type ResolvedChoices,
  type JuliaHubWorkload,
} from '../../../../src/backends/juliahub/fields.js';
import type { Bundle, JobRequest } from '../../../../src/core/domain/jobSpec.js';
import { JobError } from '../../../../src/core/domain/problem.js';
import { juliaEnvironment } from '../../../fakes/julia.js';

const node = { nodeClass: 'm6', gpu: false, cpus: 4, memory: 16, price: 0.33, description: '', display: '4' };
const image = { product: 'p', name: 'A', isBase: true };
const script: JuliaHubWorkload = { kind: 'script', script: { name: 'a.jl', text: 'a' } };
const bundle: Bundle = { file: '/t', root: 'r', files: 1, bytes: 5, sha256: 'b'.repeat(64) };
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const asked = (options: JobRequest['options'] = {}, more: Partial<JobRequest> = {}): JobRequest => ({
  name: 'fit',
  args: [],
  env: {},
  limitMs: 3_600_000,
  options,
  ...more,
});

/** The fields by name; each occurs once. */
function fields(
  work: JuliaHubWorkload,
  request = asked(),
  chosen: ResolvedChoices = { node },
): Readonly<Record<string, string>> {
  const all = toFormFields(work, request, chosen);
  assert.equal(new Set(all.map(([name]) => name)).size, all.length, 'each field occurs once');
  return Object.fromEntries(all);
}

const refuses = (
  why: RegExp,
  work: JuliaHubWorkload,
  request?: JobRequest,
  chosen?: ResolvedChoices,
): void => {
  assert.throws(
    () => fields(work, request, chosen),
    (error) => error instanceof JobError && error.problem.kind === 'invalid' && why.test(error.problem.why),
  );
};

// Source: docs/protocols/juliahub.md, 3.3 to 3.7. test/contract/juliahubSubmit.test.ts checks what the server
// receives.
describe('the fields of a submission to JuliaHub', () => {
  it('contain the word "nothing" without a system image, and no field without a value', () => {
    assert.deepEqual(fields(script), {
      args: '{"jobname":"fit"}',
      customcode: 'true',
      usercode: 'a',
      sysimage_build: 'nothing',
      node_class: 'm6',
      cpu: '4',
      nworkers: '0',
      elastic: 'false',
      isthreaded: 'true',
      limit_type: 'time',
      limit_value: '1',
      effective_time_limit: '1',
      est_cost: '0',
    });
  });

  it('never have memory, GPU, artifacts, or a hash of the image', () => {
    const environment = juliaEnvironment('/p', { project: 'a', manifest: 'b', artifacts: 'c' });
    const names = Object.keys(
      fields(
        { kind: 'script', script: { name: 'a.jl', text: '', environment } },
        asked({ sysimage: 'yes' }),
        {
          node,
          image: { ...image, cpuKey: 'k', tag: 't' },
        },
      ),
    );
    for (const name of names) assert.doesNotMatch(name, /memory|gpu|artifact|sha256/);
  });

  it('contain the hash of the manifest that is sent: of a text, a bundle, or a stored submission', () => {
    const build = asked({ sysimage: 'yes' });
    const of = (work: JuliaHubWorkload): string | undefined => fields(work, build)['sysimage_manifest_sha'];
    const manifest = '# \u00e9\r\n';
    const environment = juliaEnvironment('/p', { manifest });
    assert.equal(of({ kind: 'script', script: { name: 'a.jl', text: '', environment } }), sha256(manifest));
    assert.equal(of({ kind: 'stored', code: '', manifest }), sha256(manifest));
    const packed = { ...bundle, lockFileSha256: 'c'.repeat(64) };
    assert.equal(of({ kind: 'bundle', entry: 'a.jl', bundle: packed }), 'c'.repeat(64));
    assert.equal(of({ kind: 'stored', code: '', bundle: packed }), 'c'.repeat(64));
    for (const work of [
      script,
      { kind: 'bundle', entry: 'a.jl', bundle },
      { kind: 'stored', code: '', bundle },
      { kind: 'stored', code: '' },
    ] as const)
      refuses(/Manifest\.toml/, work, build);
  });

  it('repeat the code and files of a stored job unchanged, with its bundle instead of its texts if it has one', () => {
    const stored = { kind: 'stored', code: 'driver', project: 'p', manifest: 'm' } as const;
    const { usercode, projecttoml, manifesttoml } = fields(stored);
    assert.deepEqual([usercode, projecttoml, manifesttoml], ['driver', 'p', 'm']);
    const other = fields({ ...stored, bundle });
    assert.equal(other['appbundle'], '__APPBUNDLE_EXTERNAL_UPLOAD__');
    assert.equal(other['projecttoml'] ?? other['manifesttoml'], undefined);
  });

  it('contain the image for the node, and the interactive product for a port', () => {
    const gpu = { ...node, gpu: true };
    const port = asked({ port: '8080' });
    assert.equal(fields(script, asked(), { node, image: { ...image, cpuKey: 'c' } })['image'], 'c');
    assert.equal(fields(script, asked(), { node: gpu, image: { ...image, gpuKey: 'g' } })['image'], 'g');
    refuses(/does not support GPU nodes/, script, asked(), { node: gpu, image: { ...image, cpuKey: 'c' } });
    refuses(/requires a GPU node/, script, asked(), { node, image: { ...image, gpuKey: 'g' } });
    const twin = { ...image, cpuKey: 'c', interactive: 'i' };
    assert.equal(fields(script, port, { node, image: twin })['product_name'], 'i');
    assert.equal(fields(script, asked(), { node, image: twin })['product_name'], 'p');
    refuses(/cannot open a port/, script, port, { node, image: { ...image, cpuKey: 'c' } });
  });

  it("prefer the user's environment to the application's values, except for its name", () => {
    const application: RegisteredApplication = {
      id: 'package/u',
      title: 'A',
      kind: 'package',
      name: 'A',
      identity: 'u',
      registry: 'General',
    };
    const work: JuliaHubWorkload = { kind: 'application', application };
    const own = fields(work, asked({}, { env: { jr_uuid: 'mine', n: '1' } }));
    assert.equal(own['args'], '{"jr_uuid":"mine","jobname":"fit","n":"1"}');
    refuses(/"jobname"/, work, asked({}, { env: { jobname: 'x' } }));
    assert.equal(fields(work, asked({ versionKind: 'release', version: 'x' }))['branch_name'], undefined);
    assert.equal(fields(work, asked({ versionKind: 'branch', version: ' ' }))['branch_name'], 'HEAD');
    const defaults: JuliaHubWorkload = {
      kind: 'application',
      application: { ...application, kind: 'default' },
    };
    assert.equal(fields(defaults, asked({ versionKind: 'branch', version: 'x' }))['branch_name'], undefined);
    assert.equal(fields(defaults)['appType'], 'A');
    assert.throws(
      () => fields(defaults, asked({ port: '8080' })),
      (error) => error instanceof JobError && error.problem.kind === 'invalid',
    );
    assert.equal(fields(defaults)['package_name'] ?? fields(defaults)['registry_name'], undefined);
  });
});
