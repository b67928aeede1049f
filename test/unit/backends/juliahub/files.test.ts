import assert from 'node:assert/strict';
import type { ServerCalls, ServerCall } from '../../../../src/backends/juliahub/serverCalls.js';
import { createJuliaHubFiles, parseFiles } from '../../../../src/backends/juliahub/files.js';
import type { StreamingResponse } from '../../../../src/http/http.js';
import { toJobId, type JobFile } from '../../../../src/core/domain/job.js';
import { JobError } from '../../../../src/core/domain/problem.js';
import { jobOf } from '../../../fakes/jobs.js';

const never = new AbortController().signal;
const id = toJobId('jr-xf4tslavut');
const hex = 'ab5df625bc76dbd4e163bed2dd888df828f90159bb93556525c31821b6541d46';
const hash = (value: unknown, algorithm: unknown = 'sha2_256') => ({ algorithm, value });

describe('parsing the files of a JuliaHub job', () => {
  it('maps each type to its kind, and keeps unknown types separate', () => {
    const types = ['input', 'source', 'project', 'result', 'checkpoint', 'a/b'];
    const { files, malformed } = parseFiles(types.map((type) => ({ name: 'code.jl', type, size: 3 })));
    assert.deepEqual(
      files.map(({ kind, name }) => `${kind} ${name}`),
      [
        'input code.jl',
        'source code.jl',
        'project code.jl',
        'result code.jl',
        'output checkpoint/code.jl',
        'output a%2Fb/code.jl',
      ],
    );
    assert.equal(malformed, 0);
  });

  const hashes: readonly (readonly [string, unknown, string | undefined])[] = [
    ['64 hex digits', hash(hex), hex],
    ['64 hex digits in capitals', hash(hex.toUpperCase()), hex],
    ['base64 of 32 bytes', hash(Buffer.from(hex, 'hex').toString('base64')), hex],
    ['base64 without padding', hash(Buffer.from(hex, 'hex').toString('base64url')), hex],
    ['none yet', hash(null), undefined],
    ['no algorithm', hash(hex, null), undefined],
    ['another algorithm', hash(hex, 'md5'), undefined],
    ['another length', hash(hex.slice(2)), undefined],
    ['not an object', hex, undefined],
    ['null', null, undefined],
    ['nothing', undefined, undefined],
  ];
  for (const [name, told, expected] of hashes) {
    it(`reads a hash given as ${name}`, () => {
      const { files } = parseFiles([{ name: 'a', type: 'result', size: 1, hash: told }]);
      assert.deepEqual(files, [
        { name: 'a', kind: 'result', bytes: 1, ...(expected === undefined ? {} : { sha256: expected }) },
      ]);
    });
  }

  it('omits a size that the server does not return', () => {
    const sizes = [null, undefined, 'big', -1, 1.5];
    const { files } = parseFiles(sizes.map((size, index) => ({ name: `f${index}`, type: 'result', size })));
    assert.equal(files.length, 5);
    assert.ok(files.every((file) => !('bytes' in file)));
    assert.equal(parseFiles([{ name: 'a', type: 'result', size: 0 }]).files[0]?.bytes, 0);
  });

  it('omits and counts files without a name or type, and keeps the first of two with the same name', () => {
    const { files, malformed } = parseFiles([
      { name: 'a', type: 'result', size: 1 },
      { name: 'a', type: 'result', size: 2 },
      { name: '', type: 'result' },
      { name: 'b' },
      { type: 'result' },
      'c',
      null,
    ]);
    assert.deepEqual(files, [{ name: 'a', kind: 'result', bytes: 1 }]);
    assert.equal(malformed, 5);
  });

  it('returns no files if the job has none', () => {
    for (const outside of [undefined, null, [], {}, 'x'])
      assert.deepEqual(parseFiles(outside), { files: [], malformed: 0 });
  });
});

/** Files of a job on a server that responds to downloads with `answer`. */
function start(answer: Partial<StreamingResponse> & { readonly parts?: readonly string[] } = {}) {
  const opened: ServerCall[] = [];
  let isReturned = false;
  const calls: ServerCalls = {
    place: 'JuliaHub',
    send: () => Promise.reject(new Error('not asked')),
    openStream: async (call) => {
      opened.push(call);
      const body = async function* (): AsyncGenerator<Uint8Array> {
        try {
          for (const part of answer.parts ?? ['one ', 'two']) yield Buffer.from(part);
        } finally {
          isReturned = true;
        }
      };
      return { status: 200, headers: {}, body: body(), ...answer };
    },
    openSocket: async function* () {
      yield* [];
    },
  };
  const files: readonly JobFile[] = [{ name: 'out.csv', kind: 'result' }];
  const job = async (one: string) => (one === id ? jobOf({ id, files }) : undefined);
  return { ...createJuliaHubFiles({ calls, job }), opened, isReturned: () => isReturned };
}

const textOf = async (parts: AsyncIterable<Uint8Array>): Promise<string> => {
  let text = '';
  for await (const part of parts) text += Buffer.from(part).toString();
  return text;
};

describe('the files of a JuliaHub job', () => {
  it('are those of the current job', async () => {
    const { files } = start();
    assert.deepEqual(await files(id, never), [{ name: 'out.csv', kind: 'result' }]);
    await assert.rejects(files(toJobId('jr-other'), never), { problem: { kind: 'gone', name: 'jr-other' } });
  });

  const names: readonly (readonly [JobFile, string, string])[] = [
    [{ name: 'out.csv', kind: 'result' }, 'out.csv', 'result'],
    [{ name: 'a b/c?.txt', kind: 'source' }, 'a b/c?.txt', 'source'],
    [{ name: 'Project.toml', kind: 'project' }, 'Project.toml', 'project'],
    [{ name: 'appbundle.tar', kind: 'input' }, 'appbundle.tar', 'input'],
    [{ name: 'a%2Fb/x/y.txt', kind: 'output' }, 'x/y.txt', 'a/b'],
  ];
  for (const [file, name, filetype] of names) {
    it(`are requested by name and type: ${name} of ${filetype}`, async () => {
      const { download, opened } = start();
      assert.equal(await textOf(download(id, file, never)), 'one two');
      assert.deepEqual(opened, [
        { method: 'GET', path: ['jobs', id, 'files', name], query: { filetype }, reads: true },
      ]);
    });
  }

  const failures: readonly (readonly [number, string, unknown])[] = [
    [404, 'no such file', { kind: 'gone', name: 'out.csv' }],
    [403, '', { kind: 'gone', name: 'out.csv' }],
    [
      500,
      'the disk is on fire',
      {
        kind: 'offline',
        place: 'JuliaHub',
        why: 'server error 500, try again (the disk is on fire)',
        hasAnswered: true,
      },
    ],
    [
      400,
      '<html><body>Bad</body></html>',
      { kind: 'badAnswer', place: 'JuliaHub', what: 'a web page, status 400', isWebPage: true },
    ],
    [
      403,
      '<!DOCTYPE html><title>Sign in</title>',
      { kind: 'badAnswer', place: 'JuliaHub', what: 'a web page, status 403', isWebPage: true },
    ],
    [503, '', { kind: 'offline', place: 'JuliaHub', why: 'server error 503, try again', hasAnswered: true }],
  ];
  for (const [status, text, problem] of failures) {
    it(`are not the body of a response with status ${status}`, async () => {
      const { download } = start({ status, parts: [text] });
      await assert.rejects(textOf(download(id, { name: 'out.csv', kind: 'result' }, never)), { problem });
    });
  }

  it('reads no more of a refusal than is shown, and discards the rest', async () => {
    const { download, isReturned } = start({
      status: 400,
      parts: Array.from({ length: 1000 }, () => 'x'.repeat(500)),
    });
    const failed = textOf(download(id, { name: 'a', kind: 'result' }, never));
    await assert.rejects(failed, (error: unknown) => {
      assert.ok(error instanceof JobError && error.problem.kind === 'refused');
      assert.equal(error.problem.words.length, 300 + ' (status 400)'.length);
      return true;
    });
    assert.ok(isReturned());
  });

  it('reports files unknown to the server as not found, without a request', async () => {
    const { download, opened } = start();
    for (const name of ['plain', '/x', '%zz/x'])
      await assert.rejects(textOf(download(id, { name, kind: 'output' }, never)), {
        problem: { kind: 'gone', name },
      });
    assert.deepEqual(opened, []);
  });

  it('stop downloading when the reader stops', async () => {
    const { download, isReturned } = start();
    for await (const part of download(id, { name: 'a', kind: 'result' }, never)) {
      assert.equal(Buffer.from(part).toString(), 'one ');
      break;
    }
    assert.ok(isReturned());
  });
});
