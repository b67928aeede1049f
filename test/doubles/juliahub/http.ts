import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request with its body, as passed to a route. */
export interface Asked {
  readonly request: IncomingMessage;
  readonly method: string;
  /** Decoded components of the path below the server's prefix; they can contain a `/`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Buffer;
  readonly header: (name: string) => string | undefined;
}

/** The response of a route. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** The connection is closed after this number of bytes of the body. */
  readonly cutAfter?: number;
}

export const json = (value: unknown, status = 200): Reply => ({
  status,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(value),
});

export const text = (body: string, status = 200): Reply => ({
  status,
  headers: { 'Content-Type': 'text/plain' },
  body,
});

/** Reads a request's body; throws if the request is interrupted. */
export function read(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      resolve(Buffer.concat(parts));
    });
    request.on('error', reject);
    request.on('close', () => {
      reject(new Error('the request was cut'));
    });
  });
}

export function send(response: ServerResponse, { status, headers = {}, body = '' }: Reply): void {
  response.writeHead(status, { 'Content-Length': String(Buffer.byteLength(body)), ...headers });
  response.end(body);
}

/** Parses a JSON body; undefined if it is not JSON. */
export function jsonOf(body: Buffer | string): unknown {
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    return undefined;
  }
}

/** Parses a JSON object; empty if it is not one. */
export function objectOf(body: Buffer | string): Readonly<Record<string, unknown>> {
  const value = jsonOf(body);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** The value of an `Authorization: Bearer` header; undefined if it has another form. */
export const bearerOf = (header: string | undefined): string | undefined =>
  /^Bearer (\S+)$/.exec(header ?? '')?.[1];
