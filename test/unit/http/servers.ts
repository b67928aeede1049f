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

/** A signal that never stops anything. */
export const never = new AbortController().signal;

/** What no message may hold. */
export const secret = 'eyJhbGciOi-secret-token';

/** Time as it is, but short waits only: pauses between tries are not waited for. */
export const hastyClock: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) => systemClock.sleep(ms > 10_000 ? ms : ms > 300 ? 1 : ms, signal),
};

/** A server on this machine. */
export interface Serving {
  /** With a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Of connections that are open. */
  readonly open: () => number;
  /** Of all connections so far. */
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

/** Starts a server that speaks whatever `met` does with each connection. */
export const rawServer = (met: (socket: Socket) => void, scheme = 'http'): Promise<Serving> =>
  started(createSocketServer(met), scheme);

/** Starts an HTTPS server whose certificate nobody vouches for. */
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

/** What a promise fails with: a JobError that gives no secret away. */
export async function errorOf(promise: Promise<unknown>): Promise<JobError> {
  const error: unknown = await promise.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  assert.ok(error instanceof JobError, String(error));
  assert.doesNotMatch(`${error.message} ${String(error.cause)} ${JSON.stringify(error)}`, /secret/);
  return error;
}

/** All parts of a body, together. */
export async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}

/** Waits until something is so, at most two seconds. */
export async function until(is: () => boolean, what: string): Promise<void> {
  for (let tries = 0; !is(); tries++) {
    assert.ok(tries < 400, what);
    await systemClock.sleep(5, never);
  }
}
