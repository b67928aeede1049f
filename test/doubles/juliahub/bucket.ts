import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { random } from './auth.js';
import { answersInstead, sendSpoilt, takeFault } from './faults.js';
import { json, text, type Asked, type Reply } from './http.js';
import { count, violate, type State, type StoredFile, type Upload } from './state.js';

/**
 * Returns a URL to which exactly one file can be uploaded, once. Source: docs/protocols/juliahub.md, 3.6 (1).
 */
export function uploadAddress(state: State, user: string, { query }: Asked): Reply {
  const at = (name: string): string => query.get(name) ?? '';
  const fail = (what: string): Reply => {
    violate(state, `appbundle_upload_url with ${what}`, '3.6');
    return json({ success: false, message: `bad parameters: ${what}` });
  };
  const fixed = { file_type: 'input', file_name: 'appbundle.tar', hash_alg: 'sha2_256' };
  for (const [name, value] of Object.entries(fixed))
    if (at(name) !== value) return fail(`${name}=${at(name)}`);
  if (!/^[1-9]\d*$/.test(at('file_size'))) return fail(`file_size=${at('file_size')}`);
  if (!/^[0-9a-f]{64}$/.test(at('hash'))) return fail(`hash=${at('hash')}`);
  for (const name of query.keys())
    if (!(name in fixed) && name !== 'file_size' && name !== 'hash') return fail(name);
  const signature = random();
  state.secrets.add(signature);
  state.uploads.set(signature, { user, size: Number(at('file_size')), hash: at('hash'), used: false });
  const more = 'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=3600';
  const upload_url = `${state.bucketUrl}/appbundle.tar?${more}&X-Amz-Signature=${signature}`;
  return json({ success: true, message: { upload_url } });
}

/** Returns a URL of the bucket from which a file can be downloaded. Source: docs/protocols/juliahub.md, 6. */
export function downloadAddress(state: State, file: StoredFile): string {
  const signature = random();
  state.secrets.add(signature);
  state.downloads.set(signature, file);
  return `${state.bucketUrl}/download/${encodeURIComponent(file.name)}?X-Amz-Signature=${signature}`;
}

/** The object store behind presigned URLs: another host, which must not receive tokens. */
export function bucketServer(state: State): Server {
  return createServer((request, response) => {
    void serve(state, request, response).catch(() => response.destroy());
  });
}

async function serve(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://bucket');
  const method = request.method ?? 'GET';
  const way = `/bucket${url.pathname}`;
  count(state, `${method} ${way}`);
  const fault = takeFault(state, method, way);
  if (fault !== undefined && method === 'GET' && answersInstead(state, fault, response)) return;
  if (fault !== undefined && method === 'PUT' && fault !== 'cut' && answersInstead(state, fault, response))
    return;
  const signature = url.searchParams.get('X-Amz-Signature') ?? '';
  let reply: Reply;
  if (request.headers.authorization !== undefined) {
    violate(state, `a token at the bucket: ${method} ${url.pathname}`, '3.6 (2), 6');
    reply = text('Only one auth mechanism allowed', 400);
  } else if (method === 'GET') {
    const file = state.downloads.get(signature);
    const cut = state.controls.cutDownloads;
    reply = file
      ? { status: 200, body: file.bytes, ...(cut > 0 ? { cutAfter: cut } : {}) }
      : text('AccessDenied', 403);
  } else if (method === 'PUT') {
    if (state.controls.failUploads || fault === 'cut') {
      breakOff(request, state.uploads.get(signature)?.size ?? 0);
      return;
    }
    const why = await put(state, request, signature);
    if (why !== undefined) violate(state, why[1], '3.6 (2), 12.4');
    reply = { status: why?.[0] ?? 200 };
  } else reply = text('MethodNotAllowed', 405);
  state.onRequest?.(`bucket ${method} ${url.pathname} ${String(reply.status)}`);
  await sendSpoilt(fault, response, reply);
}

/** Reads half of the body. */
function breakOff(request: IncomingMessage, size: number): void {
  let bytes = 0;
  request.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes >= size / 2) request.socket.destroy();
  });
}

/** Accepts a file; otherwise returns the status and the reason of the refusal. */
async function put(
  state: State,
  request: IncomingMessage,
  signature: string,
): Promise<readonly [status: number, why: string] | undefined> {
  const upload = state.uploads.get(signature);
  const wrong = wrongHeaders(request, upload);
  if (wrong || !upload) {
    request.resume();
    return wrong;
  }
  const hash = createHash('sha256');
  const parts: Buffer[] = [];
  for await (const part of request) {
    const bytes = part as Buffer;
    hash.update(bytes);
    parts.push(bytes);
  }
  if (hash.digest('hex') !== upload.hash) return [403, 'a PUT of other bytes than announced'];
  // Only now, since an interrupted upload can be retried.
  upload.used = true;
  state.bundles.set(upload.hash, Buffer.concat(parts));
  return undefined;
}

function wrongHeaders(
  { headers }: IncomingMessage,
  upload: Upload | undefined,
): readonly [status: number, why: string] | undefined {
  if (!upload) return [403, 'a PUT without a valid signature'];
  if (upload.used) return [403, 'a presigned address was used twice'];
  if (headers['content-type'] !== undefined)
    return [403, `a PUT with the content type ${headers['content-type']}`];
  if (headers['transfer-encoding'] !== undefined) return [501, 'a chunked PUT'];
  if (headers['content-length'] === undefined) return [411, 'a PUT without Content-Length'];
  if (Number(headers['content-length']) !== upload.size)
    return [403, `a PUT of ${headers['content-length']} bytes instead of ${String(upload.size)}`];
  return undefined;
}
