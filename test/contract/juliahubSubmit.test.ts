import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { ScriptEnvironment, JobRequest } from '../../src/core/domain/jobSpec.js';
import { never, request } from './subject.js';
import { posts, problemOf, sentFields, timeline, trial } from './juliahubTrial.js';
import { sendScript, validate } from '../fakes/backendCalls.js';
import type { ProjectFiles } from '../../src/backends/juliahub/projectFiles.js';
import { juliaEnvironment } from '../fakes/julia.js';

const hour = 3_600_000;
const says = timeline('fit.jl', 'print hi\n');
const asks = (options: JobRequest['options'], more: Partial<JobRequest> = {}): JobRequest =>
  request('fit', { limitMs: hour, options, ...more });
const environment = (files: ProjectFiles): ScriptEnvironment => juliaEnvironment('/home/ada/project', files);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The request of a script without options. Source: docs/protocols/juliahub.md, 3.3 and 3.4. */
const plain = {
  args: '{"jobname":"fit"}',
  customcode: 'true',
  usercode: says.text,
  sysimage_build: 'nothing',
  node_class: 'm6',
  cpu: '2',
  nworkers: '0',
  elastic: 'false',
  isthreaded: 'true',
  limit_type: 'time',
  limit_value: '1',
  effective_time_limit: '1',
  est_cost: '0',
};

/** Submits a script and returns the fields that differ from {@link plain}. */
function sends(
  what: string,
  asked: JobRequest,
  expected: Readonly<Record<string, string | undefined>>,
  given = says,
): void {
  it(`sends ${what}`, () =>
    trial({}, async (backend, place) => {
      await sendScript(backend, given, asked, never);
      const fields: Readonly<Record<string, string | undefined>> = {
        ...plain,
        usercode: given.text,
        ...expected,
      };
      const sent = Object.entries(fields).filter(([, value]) => value !== undefined);
      assert.deepEqual(sentFields(place), Object.fromEntries(sent));
    }));
}

/** A submission that is rejected locally, before anything is sent. */
function refuses(what: string, asked: JobRequest, why: RegExp, given = says): void {
  it(`rejects ${what} before anything is sent`, () =>
    trial({}, async (backend, place) => {
      for (const work of [
        () => sendScript(backend, given, asked, never),
        () => validate(backend, { kind: 'script', script: given }, asked, never),
      ]) {
        const problem = await problemOf(work());
        assert.ok(problem.kind === 'invalid', problem.kind);
        assert.match(problem.why, why);
      }
      assert.equal(posts(place), 0);
    }));
}

describe('JuliaHub: the fields of a script', () => {
  sends('a script without options', asks({}), {});
  sends(
    'the environment as texts in addition to the name',
    asks({}, { env: { n: '1000', GREETING: 'a "b"\n' } }),
    {
      args: '{"jobname":"fit","n":"1000","GREETING":"a \\"b\\"\\n"}',
    },
  );
  refuses('an environment variable "jobname"', asks({}, { env: { jobname: 'x' } }), /"jobname"/);

  const project = 'name = "Fit"\n';
  const manifest = 'julia_version = "1.10.4"\nmanifest_format = "2.0"\n';
  sends(
    'a project without a manifest',
    asks({}),
    { projecttoml: project },
    { ...says, environment: environment({ project }) },
  );
  sends(
    'a manifest without a project',
    asks({}),
    { manifesttoml: manifest },
    { ...says, environment: environment({ manifest }) },
  );
  sends(
    'project and manifest, and never the artifacts (3.4)',
    asks({}),
    { projecttoml: project, manifesttoml: manifest },
    { ...says, environment: environment({ project, manifest, artifacts: '[data]\n' }) },
  );
  sends('no environment if it has no files', asks({}), {}, { ...says, environment: environment({}) });
  for (const [file, files] of [
    ['Project.toml', { project: 'a = \n' }],
    ['Manifest.toml', { manifest: '[[deps\n' }],
    ['Artifacts.toml', { artifacts: '= 1' }],
  ] as const)
    refuses(`a ${file} that is not TOML`, asks({}), new RegExp(`^${file} cannot be read`), {
      ...says,
      environment: environment(files),
    });

  sends(
    'the hash of the exact bytes of the manifest if a system image is requested (3.4, 12.4)',
    asks({ sysimage: 'yes' }),
    {
      sysimage_build: 'true',
      manifesttoml: '# caf\u00e9\r\n',
      sysimage_manifest_sha: sha256('# caf\u00e9\r\n'),
    },
    { ...says, environment: environment({ manifest: '# caf\u00e9\r\n' }) },
  );
  refuses('a system image without a manifest', asks({ sysimage: 'yes' }), /Manifest\.toml/, {
    ...says,
    environment: environment({ project }),
  });

  sends('no limit', asks({}, { limitMs: undefined as never }), {
    limit_type: 'unlimited',
    limit_value: undefined,
    effective_time_limit: undefined,
  });
  sends('a limit of two days in hours', asks({}, { limitMs: 48 * hour }), {
    limit_value: '48',
    effective_time_limit: '48',
  });
  for (const limitMs of [0, -20 * hour, 1.5 * hour, 1])
    refuses(`a limit of ${limitMs / hour} hours`, asks({}, { limitMs }), /whole hours/);

  const uuid = '01234567-89ab-cdef-0123-456789abcdef';
  sends('a project', asks({ project: uuid }), { projectid: uuid });
  refuses('the project "123"', asks({ project: '123' }), /project ID/);
});

describe('JuliaHub: the fields of nodes and images', () => {
  sends('a node by its class and cores', asks({ node: 'r6/4/32' }), { node_class: 'r6', cpu: '4' });
  sends('a number of nodes', asks({ nodes: '4' }), { nworkers: '3' });
  sends('the minimum and maximum number of nodes', asks({ nodes: '2-8' }), {
    nworkers: '7',
    min_workers_required: '1',
  });
  sends('one to four nodes', asks({ nodes: '1-4' }), { nworkers: '3', min_workers_required: '0' });
  sends('nodes that join later', asks({ nodes: '4', elastic: 'yes' }), { nworkers: '3', elastic: 'true' });
  sends('one process per core', asks({ processes: 'core', nodes: '3' }), {
    nworkers: '2',
    isthreaded: 'false',
  });
  for (const nodes of ['-20', '0', '-5-3', '3-2', '4-4', 'two', '1.5'])
    refuses(`"${nodes}" nodes`, asks({ nodes }), /range such as 2-8/);
  refuses('an elastic job with a range of nodes', asks({ nodes: '2-3', elastic: 'yes' }), /single number/);
  refuses('a node that is not offered', asks({ node: 'z9/1000/1' }), /z9\/1000\/1 is no longer available/);

  const cpu = { product_name: 'standard-batch', image: 'stable-cpu', image_tag: 'v10.6.1' };
  sends('an image by its key for nodes without GPU', asks({ image: 'standard-batch/Stable' }), cpu);
  sends(
    'an image by its key for nodes with GPU, under the tag of its name',
    asks({ image: 'standard-batch/Stable', node: 'p2/4/61/gpu' }),
    { ...cpu, image: 'stable-gpu', node_class: 'p2', cpu: '4' },
  );
  sends('an image without a tag', asks({ image: 'standard-batch/Dev' }), {
    product_name: 'standard-batch',
    image: 'dev-cpu',
  });
  sends('an image of another product', asks({ image: 'winworkstation-batch/Stable' }), {
    ...cpu,
    product_name: 'winworkstation-batch',
  });
  refuses(
    'an image without a GPU key on a node with a GPU',
    asks({ image: 'standard-batch/Dev', node: 'p3/8/61/gpu' }),
    /Dev does not support GPU nodes/,
  );
  refuses(
    'an image that is not offered',
    asks({ image: 'standard-batch/Gone' }),
    /Gone is no longer available/,
  );
});

describe('JuliaHub: the fields of a port', () => {
  const open = { authentication: true, authorization: 'anyone' };
  const product = { product_name: 'standard-interactive' };
  for (const port of [1025, 8080, 9008, 9010, 18_000, 23_399, 23_500, 32_767])
    sends(`port ${port}`, asks({ port: String(port) }), {
      ...product,
      appArgs: JSON.stringify({ port, authentication: true, authorization: 'me' }),
    });
  for (const port of [-200, 0, 80, 443, 1024, 9009, 23_400, 23_499, 32_768, 40_000, 65_535, 65_536])
    refuses(`port ${port}`, asks({ port: String(port) }), /port from 1025/);
  for (const [access, more, expected] of [
    ['anyone', {}, { port: 8080, ...open }],
    ['password', { password: 'Secret123' }, { port: 8080, ...open, password: 'Secret123' }],
    ['public', {}, { port: 8080, authentication: false, authorization: 'anyone' }],
  ] as const)
    sends(`a port with access "${access}"`, asks({ port: '8080', access, ...more }), {
      ...product,
      appArgs: JSON.stringify(expected),
    });
  for (const password of ['', 'Short1', 'nocapital1', 'NOSMALL11', 'NoDigits!', `A1${'a'.repeat(31)}`])
    refuses(`the password "${password}"`, asks({ port: '8080', access: 'password', password }), /8 to 32/);
  sends('a fixed port name', asks({ port: '8080', dnsPrefix: 'my-fit' }), {
    ...product,
    dns_prefix: 'my-fit',
    appArgs: '{"port":8080,"authentication":true,"authorization":"me"}',
  });
  refuses('a name that is not a valid host name', asks({ port: '8080', dnsPrefix: 'My_fit' }), /hyphens/);
  sends('no port access or name without a port', asks({ access: 'public', dnsPrefix: 'my-fit' }), {});
  sends(
    'the interactive variant of an image with a port (3.4)',
    asks({ port: '8080', image: 'standard-batch/Stable' }),
    {
      ...product,
      image: 'stable-cpu',
      image_tag: 'v10.6.1',
      appArgs: '{"port":8080,"authentication":true,"authorization":"me"}',
    },
  );
  refuses(
    'a port with an image that has no interactive variant',
    asks({ port: '8080', image: 'winworkstation-batch/Stable' }),
    /cannot open a port/,
  );
});

describe('JuliaHub: texts of a submission arrive unchanged', () => {
  for (const [what, text] of [
    ['Unix line endings', 'a\nb\n'],
    ['Windows line endings', 'a\r\nb\r\n'],
    ['mixed line endings and a lone CR', 'a\nb\r\nc\rd'],
    ['other alphabets and emoji', 'println("α → 日本 \u{1f600} e\u0301")'],
    ['quotes, dollars and backslashes', `"""$(x) \\n "q" 'c'"""`],
    [
      'text that resembles a boundary',
      '\r\n--batch-jobs-00\r\nContent-Disposition: form-data; name="x"\r\n\r\n--',
    ],
    ['a UTF-8 byte order mark', '\ufeffprintln(1)'],
    ['an empty text', ''],
    ['a null character', 'a\0b'],
  ] as const)
    it(`with ${what}`, () =>
      trial({ julia: false }, async (backend, place) => {
        const [project, manifest] = [`# ${text.replace(/[^\n]/g, '')}\n`, '# caf\u00e9\r\n'];
        place.double.expect('usercode', text);
        place.double.expect('projecttoml', project);
        place.double.expect('manifesttoml', manifest);
        await sendScript(
          backend,
          { name: 'fit.jl', text, environment: environment({ project, manifest }) },
          asks({ sysimage: 'yes' }, { env: { TEXT: text } }),
          never,
        );
        assert.deepEqual(JSON.parse(sentFields(place)['args'] ?? ''), { jobname: 'fit', TEXT: text });
      }));
});
