import {
  createServer,
  request as ask,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { userOf } from './auth.js';
import { jsonOf, send, text } from './http.js';
import type { State } from './state.js';

/** The proxy before the ports of jobs: `http://host/` of one server, which finds the job by its own. Source: reference 7.5. */
export function portServer(state: State): Server {
  return createServer((request, response) => {
    const job = state.jobs.find(({ port, status }) => port !== undefined && status === 'Running');
    if (!job?.port) {
      send(response, text('no such job', 404));
      return;
    }
    const { authentication, password } = (jsonOf(job.fields.get('appArgs') ?? '{}') ?? {}) as {
      authentication?: boolean;
      password?: string;
    };
    const user = userOf(state, request.headers.authorization);
    if (authentication && password === undefined && user === undefined) {
      send(response, text('sign in first', 401));
      return;
    }
    if (state.controls.portsDown) send(response, text('Bad Gateway', 502));
    else forward(job.port, request, response);
  });
}

function forward(port: number, request: IncomingMessage, response: ServerResponse): void {
  const { authorization: _, ...headers } = request.headers;
  const to = ask(
    { host: '127.0.0.1', port, method: request.method, path: request.url, headers },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  to.on('error', () => {
    if (!response.headersSent) send(response, text('Bad Gateway', 502));
  });
  request.pipe(to);
}
