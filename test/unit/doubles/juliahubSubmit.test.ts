import assert from 'node:assert/strict';
import { bearer, form, post, scriptFields, sha256, withHub } from './juliahubAsk.js';

const code = '#!timeline\nprint hi\n';

/** Sends fields that must be refused for exactly this reason. */
function refused(what: string, change: Readonly<Record<string, string | undefined>>, why: RegExp): void {
  it(`refuses and records ${what}`, () =>
    withHub(
      {},
      async (double) => {
        const fields: Record<string, string> = scriptFields(code);
        for (const [name, value] of Object.entries(change)) {
          if (value === undefined) Reflect.deleteProperty(fields, name);
          else fields[name] = value;
        }
        const answer = (await post(double, double.token(), form(fields))) as Record<string, unknown>;
        assert.equal(answer['success'], false);
        assert.match(String(answer['message']), why);
        assert.equal(double.jobs.length, 0);
      },
      [why],
    ));
}

const port = (more: object): string =>
  JSON.stringify({ port: 8080, authentication: true, authorization: 'me', ...more });

describe('JuliaHub stand-in: the content of a submission (3.3 to 3.5)', () => {
  refused('an unknown field', { colour: 'red' }, /unknown field colour \(3\.4\)/);
  refused('a missing field', { est_cost: undefined }, /no est_cost \(3\.4\)/);
  refused('values that are not strings', { args: '{"n":1}' }, /args is not an object of strings/);
  refused('null instead of the word nothing', { sysimage_build: 'null' }, /sysimage_build=null/);
  refused('a node that does not exist', { cpu: '3' }, /no node m6 with 3 CPUs/);
  refused('a negative number of workers', { nworkers: '-1' }, /nworkers=-1/);
  refused(
    'a minimum equal to the maximum of workers',
    { nworkers: '2', min_workers_required: '2' },
    /min_workers/,
  );
  refused(
    'a minimum number with elastic',
    { nworkers: '2', min_workers_required: '1', elastic: 'true' },
    /min_workers_required and elastic/,
  );
  refused('two different limits', { limit_value: '2' }, /limit_value=2 and effective_time_limit=1/);
  refused('no limit at all', { limit_value: '0', effective_time_limit: '0' }, /limit_value=0/);
  refused(
    'a value of a job without a limit',
    { limit_type: 'unlimited', effective_time_limit: undefined },
    /limit_value of a job without a limit/,
  );
  refused('a project that is not a UUID', { projectid: '123' }, /projectid=123/);
  refused('code that is missing', { usercode: undefined }, /customcode without usercode/);
  refused('an image that does not exist', { image: 'nope', product_name: 'standard-batch' }, /no image nope/);
  refused(
    'an image for the other kind of node',
    { image: 'stable-gpu', product_name: 'standard-batch', image_tag: 'v10.6.1' },
    /image stable-gpu on m6/,
  );
  refused(
    'a product without an image',
    { product_name: 'standard-batch' },
    /product_name without image or port/,
  );
  for (const number of [0, 80, 1024, 9009, 23_400, 23_499, 32_768, 65_536, 8080.5])
    refused(
      `port ${String(number)}`,
      { appArgs: port({ port: number }), product_name: 'standard-interactive' },
      /\(3\.5\)/,
    );
  refused('a port with the batch product', { appArgs: port({}) }, /port with product/);
  refused(
    'a weak password',
    {
      appArgs: port({ authorization: 'anyone', password: 'password' }),
      product_name: 'standard-interactive',
    },
    /a password that is against the rules/,
  );
  refused('a name without a port', { dns_prefix: 'mine' }, /dns_prefix without a port/);
  refused(
    'another hash of the manifest',
    { sysimage_build: 'true', manifesttoml: 'a\n', sysimage_manifest_sha: sha256('a\r\n') },
    /sysimage_manifest_sha is not that of the manifest/,
  );
  refused(
    'a bundle that was never uploaded',
    {
      appbundle: '__APPBUNDLE_EXTERNAL_UPLOAD__',
      appbundle_upload_info: JSON.stringify({
        file_type: 'input',
        file_name: 'appbundle.tar',
        file_size: 1,
        hash: 'a'.repeat(64),
        hash_alg: 'sha2_256',
      }),
    },
    /never uploaded/,
  );

  for (const [what, more] of [
    ['every documented port', { appArgs: port({ port: 32_767 }), product_name: 'standard-interactive' }],
    ['no limit', { limit_type: 'unlimited' }],
    ['a range of nodes', { nworkers: '3', min_workers_required: '1' }],
    ['an image', { image: 'stable-cpu', product_name: 'standard-batch', image_tag: 'v10.6.1' }],
    ['an image without a tag', { image: 'dev-cpu', product_name: 'standard-batch' }],
    ['a system image', { sysimage_build: 'true', manifesttoml: 'a\n', sysimage_manifest_sha: sha256('a\n') }],
  ] as const)
    it(`accepts ${what}`, () =>
      withHub({}, async (double) => {
        const fields: Record<string, string> = { ...scriptFields(code), ...more };
        if (fields['limit_type'] === 'unlimited') {
          delete fields['limit_value'];
          delete fields['effective_time_limit'];
        }
        const answer = (await post(double, double.token(), form(fields))) as Record<string, unknown>;
        assert.equal(answer['success'], true, JSON.stringify(answer));
      }));

  it('accepts applications in its lists, and no others (3.7)', () =>
    withHub(
      {},
      async (double) => {
        const app = (more: Record<string, string>): Record<string, string> => {
          const { usercode: _, ...fields } = scriptFields('');
          return {
            ...fields,
            customcode: 'false',
            appArgs: '{"authentication":true,"authorization":"me"}',
            ...more,
          };
        };
        const send = async (more: Record<string, string>): Promise<unknown> =>
          ((await post(double, double.token(), form(app(more)))) as Record<string, unknown>)['success'];
        const uuid = 'aaaaaaaa-89ab-cdef-0123-456789abcdef';
        const registered = {
          appType: 'userapp',
          package_name: 'RegisteredPackageApp',
          registry_name: 'General',
          args: JSON.stringify({ jobname: 'RegisteredPackageApp', jr_uuid: uuid }),
        };
        assert.equal(await send(registered), true);
        assert.equal(
          await send({ appType: 'pluto', args: JSON.stringify({ jobname: 'Pluto', jr_uuid: 'pluto' }) }),
          true,
        );
        assert.equal(await send({ ...registered, branch_name: 'a', git_revision: 'b' }), false);
      },
      [/branch_name and git_revision/],
    ));
});

describe('JuliaHub stand-in: the format of a submission (3.4, 12.4)', () => {
  for (const [what, head, why] of [
    [
      'a file name',
      (name: string) => `Content-Disposition: form-data; name="${name}"; filename="blob"`,
      /filename/,
    ],
    [
      'a content type of a part',
      (name: string) => `Content-Disposition: form-data; name="${name}"\r\nContent-Type: text/plain`,
      /more than a name: Content-Type/,
    ],
  ] as const)
    it(`records ${what}`, () =>
      withHub(
        {},
        async (double) => {
          const fields = scriptFields(code);
          await post(
            double,
            double.token(),
            form(fields, (name) =>
              name === 'usercode' ? head(name) : `Content-Disposition: form-data; name="${name}"`,
            ),
          );
        },
        [why],
      ));

  it('records line breaks changed by the built-in FormData', () =>
    withHub(
      {},
      async (double) => {
        double.expect('usercode', 'a\nb\n');
        const body = new FormData();
        for (const [name, value] of Object.entries(scriptFields('a\nb\n'))) body.set(name, value);
        const answer = await fetch(`${double.url}/juliaruncloud/submit_job`, {
          method: 'POST',
          headers: bearer(double.token()),
          body,
        });
        assert.equal(((await answer.json()) as Record<string, unknown>)['success'], false);
        assert.equal(double.received[0]?.fields.get('usercode'), 'a\r\nb\r\n');
      },
      [/usercode differs from the expected bytes/],
    ));

  it('preserves values byte for byte, including empty ones and text that looks like a header', () =>
    withHub({ julia: false }, async (double) => {
      const odd = '\r\n--b4\r\n\r\nname="x"\n\u00e9\u{1f600}\r\n';
      await post(double, double.token(), form({ ...scriptFields(odd), args: '{}', projecttoml: '' }));
      const [received] = double.received;
      assert.ok(received);
      assert.deepEqual(received.bytes.get('usercode'), Buffer.from(odd));
      assert.equal(received.fields.get('projecttoml'), '');
    }));

  it('refuses with success false if configured, and at the limit of jobs', () =>
    withHub({ controls: { refuseSubmit: 'No.' } }, async (double) => {
      const send = (): Promise<unknown> =>
        post(double, double.token(), form(scriptFields('#!timeline\nwait\n')));
      assert.deepEqual(await send(), { success: false, message: 'No.' });
      double.controls.refuseSubmit = undefined;
      double.controls.rateLimit = 1;
      await send();
      assert.deepEqual(await send(), {
        success: false,
        message: 'You have reached the job rate limit of 1.',
      });
    }));
});
