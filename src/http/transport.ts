import {
  request as plainRequest,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Socket } from 'node:net';

/** The transport that axios uses for requests. */
export interface AxiosTransport {
  readonly request: (options: RequestOptions, answered: (answer: IncomingMessage) => void) => ClientRequest;
}

/**
 * Node's own requests, which VS Code patches with the user's proxy and certificates. The callback runs once
 * data can arrive over the connection: with TLS, after the certificate was accepted.
 */
export const createObservedTransport = (isSecure: boolean, stands: () => void): AxiosTransport => ({
  request: (options, answered) => {
    const request = (isSecure ? secureRequest : plainRequest)(options, answered);
    request.once('socket', (socket) => {
      const event = isSecure ? 'secureConnect' : 'connect';
      if (isConnecting(socket)) socket.once(event, stands);
      else stands();
    });
    return request;
  },
});

/** False for a reused connection. */
const isConnecting = (socket: Socket): boolean =>
  socket.connecting || ('secureConnecting' in socket && socket.secureConnecting === true);
