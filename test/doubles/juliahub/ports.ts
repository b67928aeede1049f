import {
  createServer,
  request as ask,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createNetServer, type AddressInfo } from 'node:net';
import { random, userOf } from './auth.js';
import { answersInstead, takeFault } from './faults.js';
import { bearerOf, objectOf, read, send, text } from './http.js';
import { portSignInPage } from './pages.js';
import { count, violate, type DoubleJob, type State } from './state.js';

/** This port if it is free, else another. */
export async function freePort(wanted: number): Promise<number> {
  const tried = (port: number): Promise<number | undefined> =>
    new Promise((resolve) => {
      const server = createNetServer();
      server.once('error', () => {
        resolve(undefined);
      });
      server.listen(port, '0.0.0.0', () => {
        const { port: got } = server.address() as AddressInfo;
        server.close(() => {
          resolve(got);
        });
      });
    });
  return (await tried(wanted)) ?? (await tried(0)) ?? wanted;
}

/**
 * Starts the proxy in front of a job's port, with its own origin, as each job has its own host. Source:
 * docs/protocols/juliahub.md, 7.5.
 */
export async function openPort(state: State, job: DoubleJob): Promise<void> {
  const cookie = random();
  const proxy: Server = createServer((request, response) => {
    void serve(state, job, cookie, request, response).catch(() => response.destroy());
  });
  job.proxy = proxy;
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.3', resolve));
  job.link = `http://127.0.0.3:${String((proxy.address() as AddressInfo).port)}/`;
}

export function closePort({ proxy }: DoubleJob): void {
  proxy?.closeAllConnections();
  proxy?.close();
}

async function serve(
  state: State,
  job: DoubleJob,
  cookie: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const method = request.method ?? 'GET';
  const way = `/port${request.url ?? '/'}`;
  count(state, `${method} ${way}`);
  const fault = takeFault(state, method, way);
  if (fault !== undefined && answersInstead(state, fault, response)) return;
  if (request.url === '/.stand-in/sign-in' && method === 'POST') {
    await signIn(job, cookie, request, response);
    return;
  }
  const refusal = refused(state, job, request, cookie);
  if (refusal === 'page') send(response, portSignInPage(job.user, accessOf(job).password !== undefined));
  else if (refusal !== undefined) send(response, text('Unauthorized', refusal));
  else if (state.controls.portsDown) send(response, text('Bad Gateway', 502));
  else forward(job.port ?? 0, request, response);
}

const accessOf = (job: DoubleJob): Readonly<Record<string, unknown>> =>
  objectOf(job.fields.get('appArgs') ?? '{}');

/** Checks access: returns a status, or a page for signing in. Source: docs/protocols/juliahub.md, 7.5. */
function refused(
  state: State,
  job: DoubleJob,
  { headers }: IncomingMessage,
  cookie: string,
): 401 | 403 | 'page' | undefined {
  const { authentication, authorization } = accessOf(job);
  if (authentication === false) return undefined;
  if (headers.cookie?.includes(cookie)) return undefined;
  if (headers.authorization === undefined) return headers.accept?.includes('text/html') ? 'page' : 401;
  const user = userOf(state, headers.authorization);
  if (user === undefined) {
    const token = bearerOf(headers.authorization);
    if (token === undefined || !state.secrets.has(token))
      violate(state, "a job's port was requested without a token of this server", '7.5');
    return 401;
  }
  if (authorization === 'me' && user !== job.user) {
    violate(state, `the port of a job of ${job.user} was requested as ${user}`, '7.5');
    return 403;
  }
  return undefined;
}

async function signIn(
  job: DoubleJob,
  cookie: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const fields = new URLSearchParams((await read(request)).toString());
  const { password } = accessOf(job);
  if (password !== undefined && fields.get('password') !== password) {
    send(response, portSignInPage(job.user, true));
    return;
  }
  const headers = { 'Set-Cookie': `session=${cookie}; HttpOnly; Path=/`, Location: '/' };
  send(response, { status: 303, headers });
}

/** Forwards a request to the program, without the token. */
function forward(port: number, request: IncomingMessage, response: ServerResponse): void {
  const { authorization: _token, cookie: _cookie, ...headers } = request.headers;
  const to = ask(
    { host: '127.0.0.1', port, method: request.method, path: request.url, headers },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  to.on('error', () => {
    if (response.headersSent) response.destroy();
    else send(response, text('Bad Gateway', 502));
  });
  request.pipe(to);
}
