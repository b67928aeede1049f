import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttp, request } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { connect, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server behind TLS with a certificate that only its own authority has signed. */
export interface Guarded {
  /** `https://hub.test:port`: a name that only the {@link proxy} resolves, so that it cannot be bypassed. */
  readonly url: string;
  /** File with the authority's certificate. */
  readonly authority: string;
  readonly end: () => void;
}

const listening = async (server: Server, host: string): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
};

/** Adds TLS in front of a server on loopback. */
export async function guarded(target: string): Promise<Guarded> {
  const folder = mkdtempSync(join(tmpdir(), 'bj-tls-'));
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: readonly string[]): void => {
    execFileSync('openssl', args, { stdio: 'ignore' });
  };
  const days = ['-days', '2'];
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    ...days,
    '-subj',
    '/CN=Test Authority',
  );
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    at('key.pem'),
    '-out',
    at('csr.pem'),
    '-subj',
    '/CN=hub.test',
    '-addext',
    'subjectAltName=DNS:hub.test',
  );
  openssl(
    'x509',
    '-req',
    '-in',
    at('csr.pem'),
    '-CA',
    at('ca.pem'),
    '-CAkey',
    at('ca.key'),
    '-CAcreateserial',
    '-copy_extensions',
    'copy',
    '-out',
    at('cert.pem'),
    ...days,
  );
  const server = createHttps(
    { key: readFileSync(at('key.pem')), cert: readFileSync(at('cert.pem')) },
    (from, to) => {
      const { method, url, headers } = from;
      const asked = request(new URL(url ?? '/', target), { method, headers }, (answer) => {
        to.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(to);
      });
      asked.on('error', () => to.destroy());
      from.pipe(asked);
    },
  );
  const port = await listening(server, '127.0.0.1');
  return {
    url: `https://hub.test:${String(port)}`,
    authority: at('ca.pem'),
    end: () => {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A proxy that records the requested hosts. */
export interface Proxy {
  readonly url: string;
  readonly asked: string[];
  readonly end: () => void;
}

/** Starts a proxy for TLS on loopback. */
export async function proxy(): Promise<Proxy> {
  const asked: string[] = [];
  const server = createHttp((_, response) => response.writeHead(405).end());
  server.on('connect', (from, socket, head) => {
    asked.push(from.url ?? '');
    const [, port = ''] = (from.url ?? '').split(':');
    // Every name resolves to this machine.
    const to = connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      to.write(head);
      socket.pipe(to).pipe(socket);
    });
    to.on('error', () => socket.destroy());
    socket.on('error', () => to.destroy());
  });
  const port = await listening(server, '127.0.0.1');
  return { url: `http://127.0.0.1:${String(port)}`, asked, end: () => void server.close() };
}
