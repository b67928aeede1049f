import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Double } from '../../doubles/juliahub/double.js';
import { bearer, messages, runScript, sha256, until, withHub } from './juliahubAsk.js';

describe('JuliaHub stand-in: bundles (3.6)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'double-bundle-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'project'));
  writeFileSync(join(folder, 'project', 'note.txt'), 'from the bundle\n');
  writeFileSync(join(folder, 'project', 'main.jl'), '#!/bin/sh\ncat note.txt; basename "$PWD"\n');
  let tar: Buffer;
  before(() => {
    tar = execFileSync('tar', ['-cf', '-', '-C', folder, 'project']);
  });

  const address = async (double: Double, query: Readonly<Record<string, string>> = {}): Promise<string> => {
    const parameters = new URLSearchParams({
      file_type: 'input',
      file_name: 'appbundle.tar',
      file_size: String(tar.length),
      hash: sha256(tar),
      hash_alg: 'sha2_256',
      ...query,
    });
    const answer = await fetch(`${double.url}/jobs/appbundle_upload_url?${parameters.toString()}`, {
      headers: bearer(double.token()),
    });
    return ((await answer.json()) as { message: { upload_url: string } }).message.upload_url;
  };
  const put = async (to: string, headers: Record<string, string> = {}, body = tar): Promise<number> =>
    (await fetch(to, { method: 'PUT', headers, body })).status;

  it('are uploaded once to another host and run from their only folder', () =>
    withHub(
      {},
      async (double) => {
        const to = await address(double);
        assert.notEqual(new URL(to).hostname, new URL(double.url).hostname);
        assert.equal(await put(to), 200);
        const job = await runScript(double, 'include(joinpath(pwd(), "main.jl"))', {
          appbundle: '__APPBUNDLE_EXTERNAL_UPLOAD__',
          appbundle_upload_info: JSON.stringify({
            file_type: 'input',
            file_name: 'appbundle.tar',
            file_size: tar.length,
            hash: sha256(tar),
            hash_alg: 'sha2_256',
          }),
        });
        assert.deepEqual([job.status, messages(job)], ['Completed', ['from the bundle', 'project']]);
        assert.equal(await put(to), 403);
      },
      [/used twice/],
    ));

  for (const [what, query, headers, body, why] of [
    ['a token', {}, { Authorization: 'Bearer x' }, () => tar, /a token at the bucket/],
    ['a content type', {}, { 'Content-Type': 'application/x-tar' }, () => tar, /content type/],
    ['other bytes', { hash: 'a'.repeat(64) }, {}, () => tar, /other bytes than announced/],
    ['another size', {}, {}, () => tar.subarray(1), /bytes instead of/],
  ] as const)
    it(`are refused with ${what}`, () =>
      withHub(
        {},
        async (double) => assert.notEqual(await put(await address(double, query), headers, body()), 200),
        [why],
      ));

  it('are refused in chunks', () =>
    withHub(
      {},
      async (double) => {
        const to = await address(double);
        const status = await new Promise((resolve, reject) => {
          const sent = request(to, { method: 'PUT' }, (answer) => {
            answer.resume();
            resolve(answer.statusCode);
          });
          sent.on('error', reject);
          sent.write(tar);
          sent.end();
        });
        assert.equal(status, 501);
      },
      [/a chunked PUT/],
    ));

  it('can be sent again to their URL after half of them arrived', () =>
    withHub({}, async (double) => {
      const to = await address(double);
      double.fault('/bucket', 'cut');
      await assert.rejects(put(to));
      assert.equal(await put(to), 200);
      assert.equal(double.calls('PUT /bucket/appbundle.tar'), 2);
    }));

  it('require every parameter of their URL', () =>
    withHub(
      {},
      async (double) => {
        await assert.rejects(address(double, { hash_alg: 'md5' }).then((url) => new URL(url)));
        await until(() => double.violations.length === 1, 'a violation is recorded');
      },
      [/hash_alg=md5/],
    ));
});
