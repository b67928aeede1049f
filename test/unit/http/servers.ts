import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import {
  createServer as createSocketServer,
  type AddressInfo,
  type Server as Sockets,
  type Socket,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JobError } from '../../../src/core/domain/problem.js';
import type { Clock } from '../../../src/core/domain/ports.js';
import { systemClock } from '../../../src/lib/node/systemClock.js';

/** A signal that is never aborted. */
export const never = new AbortController().signal;

/** A secret that no message must contain. */
export const secret = 'eyJhbGciOi-secret-token';

/** The actual time, but only short waits: pauses between attempts are skipped. */
export const hastyClock: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) => systemClock.sleep(ms > 10_000 ? ms : ms > 300 ? 1 : ms, signal),
};

/** A server on this machine. */
export interface Serving {
  /** With a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Number of open connections. */
  readonly open: () => number;
  /** Number of connections so far. */
  readonly connections: () => number;
  readonly end: () => void;
}

async function started(server: Server | Sockets, scheme: string): Promise<Serving> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `${scheme}://127.0.0.1:${String(port)}/`,
    port,
    open: () => sockets.size,
    connections: () => connections,
    end: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Starts an HTTP server. */
export const httpServer = (listener: RequestListener): Promise<Serving> =>
  started(createServer(listener), 'http');

/** Starts a server that handles each connection with `met`. */
export const rawServer = (met: (socket: Socket) => void, scheme = 'http'): Promise<Serving> =>
  started(createSocketServer(met), scheme);

/** Starts an HTTPS server with an untrusted certificate. */
export function unknownServer(listener: RequestListener): Promise<Serving> {
  const folder = mkdtempSync(join(tmpdir(), 'batch-jobs-tls-'));
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const parts = `req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 -keyout ${key} -out ${cert}`;
    execFileSync('openssl', parts.split(' '), { stdio: 'ignore' });
    const server = createSecureServer({ key: readFileSync(key), cert: readFileSync(cert) }, listener);
    return started(server, 'https');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Returns the JobError of a rejected promise and checks that it contains no secret. */
export async function errorOf(promise: Promise<unknown>): Promise<JobError> {
  const error: unknown = await promise.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  assert.ok(error instanceof JobError, String(error));
  assert.doesNotMatch(`${error.message} ${String(error.cause)} ${JSON.stringify(error)}`, /secret/);
  return error;
}

/** All parts of a body, joined. */
export async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}

/** Waits until a condition is true, at most two seconds. */
export async function until(is: () => boolean, what: string): Promise<void> {
  for (let tries = 0; !is(); tries++) {
    assert.ok(tries < 400, what);
    await systemClock.sleep(5, never);
  }
}
