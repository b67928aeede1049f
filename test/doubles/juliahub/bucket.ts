import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { randomBytes } from 'node:crypto';
import { json, read, send, text, type Asked, type Reply } from './http.js';
import { sha256 } from './submit.js';
import type { State } from './state.js';

/** Gives an address to which just one file can be put, once. Source: reference 3.6. */
export function uploadAddress(state: State, { query }: Asked): Reply {
  const at = (name: string): string => query.get(name) ?? '';
  const expected = { file_type: 'input', file_name: 'appbundle.tar', hash_alg: 'sha2_256' };
  for (const [name, value] of Object.entries(expected))
    if (at(name) !== value) state.violations.push(`appbundle_upload_url with ${name}=${at(name)} (3.6)`);
  if (!/^[1-9]\d*$/.test(at('file_size')) || !/^[0-9a-f]{64}$/.test(at('hash'))) {
    state.violations.push('appbundle_upload_url with another size or hash (3.6)');
    return json({ success: false, message: 'bad parameters' });
  }
  const signature = randomBytes(16).toString('hex');
  state.uploads.set(signature, { size: Number(at('file_size')), hash: at('hash'), used: false });
  return json({
    success: true,
    message: { upload_url: `${state.bucketUrl}/appbundle.tar?X-Amz-Signature=${signature}` },
  });
}

/** The store behind presigned addresses: another host, to which no token goes. */
export function bucketServer(state: State): Server {
  return createServer((request, response) => {
    void answer(state, request, response).catch(() => response.destroy());
  });
}

async function answer(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://bucket');
  if (request.headers.authorization !== undefined) {
    state.violations.push(`a token at the bucket: ${url.pathname} (3.6, 6)`);
    send(response, text('no', 400));
    return;
  }
  if (request.method === 'GET' && url.pathname.startsWith('/download/')) {
    const [name, type, file] = url.pathname.split('/').slice(2).map(decodeURIComponent);
    const found = state.jobs
      .find((job) => job.name === name)
      ?.files.find((one) => one.type === type && one.name === file);
    send(response, found ? { status: 200, body: found.bytes } : text('no such file', 404));
    return;
  }
  if (request.method !== 'PUT') {
    send(response, text('no', 405));
    return;
  }
  if (state.controls.failUploads) {
    request.once('data', () => request.socket.destroy());
    return;
  }
  const { status, why } = await put(state, request, url);
  if (why !== undefined) state.violations.push(why);
  send(response, { status });
}

async function put(
  state: State,
  request: IncomingMessage,
  url: URL,
): Promise<{ status: number; why?: string }> {
  const upload = state.uploads.get(url.searchParams.get('X-Amz-Signature') ?? '');
  if (!upload) return { status: 403, why: 'a PUT without a valid signature (3.6)' };
  if (upload.used) return { status: 403, why: 'a presigned address was used twice (3.6)' };
  upload.used = true;
  if (request.headers['content-type'] !== undefined)
    return { status: 403, why: `a PUT with content type ${request.headers['content-type']} (3.6)` };
  if (request.headers['transfer-encoding'] !== undefined) return { status: 411, why: 'a chunked PUT (12.4)' };
  if (Number(request.headers['content-length']) !== upload.size)
    return { status: 403, why: 'a PUT of another size (3.6)' };
  const bytes = await read(request);
  const hash = sha256(bytes);
  if (hash !== upload.hash) return { status: 400, why: 'a PUT of other bytes than announced (3.6)' };
  state.bundles.set(hash, bytes);
  return { status: 200 };
}
