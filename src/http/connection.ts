// Watches the connections of requests. Reports when a response may be written, when it is finished, and when its client
// has left.
import { Socket } from 'node:net';
import type { Response } from 'express';
import { ChatKitError } from '../errors';
import { ShortLivedList } from '../short-lived';

/**
 * The endpoint's responses on one connection. With HTTP pipelining a response can wait for an earlier response. Node
 * assigns the socket to a response when its slot is free, without an event. Node does not report a closed connection to
 * the responses that wait.
 */
interface Connection {
  /** The responses that are not finished. */
  responses: ShortLivedList<Response>;
  /** The callbacks of each response without a socket, which are called when the connection closes. */
  waiting: Map<Response, Set<() => void>>;
  /** The callback of each response without a socket that has data to write, which is called when its slot is free. */
  slots: Map<Response, () => void>;
  onClose: () => void;
}

const connections = new WeakMap<Socket, Connection>();

/** Returns the socket of the request's connection. Undefined on hosts without sockets, such as serverless hosts. */
function socketOf(response: Response): Socket | undefined {
  const { socket } = response.req as { socket?: Socket | null };
  return typeof socket?.once === 'function' && typeof socket.off === 'function' ? socket : undefined;
}

function connectionOf(socket: Socket): Connection {
  let connection = connections.get(socket);
  if (!connection) {
    const waiting: Connection['waiting'] = new Map();
    connection = {
      responses: new ShortLivedList(),
      waiting,
      slots: new Map(),
      onClose() {
        for (const callbacks of [...waiting.values()]) for (const call of [...callbacks]) call();
      },
    };
    connections.set(socket, connection);
  }
  return connection;
}

/** Returns true when the connection of a response has closed. */
export function hasClosed(response: Response): boolean {
  return response.destroyed || socketOf(response)?.destroyed === true;
}

/**
 * Registers a response of the endpoint, and calls back when the response is finished. Called once for each response,
 * before any other function of this module.
 */
export function track(response: Response, callback: () => void): void {
  const socket = socketOf(response);
  if (!socket) {
    whenFinished(response, callback);
    return;
  }
  const connection = connectionOf(socket);
  const place = connection.responses.add(response);
  const finished = () => {
    if (!connection.responses.delete(place)) return;
    connection.slots.delete(response);
    callback();
    freeSlots(connection);
  };
  // Most responses are alone on their connection, and need only `close`.
  if (response.socket === null || hasClosed(response)) whenFinished(response, finished);
  else response.on('close', finished);
}

/** Calls back the responses whose slot is free, and the responses that wait for a response of another handler. */
function freeSlots({ responses, slots }: Connection): void {
  if (slots.size === 0) return;
  const isBehindOurs = responses.values().some(({ socket }) => socket !== null);
  for (const [response, call] of [...slots]) {
    if (response.socket === null && isBehindOurs) continue;
    slots.delete(response);
    call();
  }
}

/**
 * Calls back when no earlier response of the endpoint is on the connection, at once if possible. Data that is written
 * before that fills Node's buffer for the connection. Then Node stops reading from the connection and cannot see it
 * close.
 */
export function whenSlotIsFree(response: Response, callback: () => void): void {
  const socket = response.socket === null ? socketOf(response) : undefined;
  const connection = socket && connections.get(socket);
  if (!connection) {
    callback();
    return;
  }
  connection.slots.set(response, callback);
  freeSlots(connection);
}

/**
 * Calls back once, when the response has finished or its connection has closed. Calls back in the next tick when either
 * has happened before. Returns a function that cancels the callback.
 */
export function whenFinished(response: Response, callback: () => void): () => void {
  if (hasClosed(response)) {
    let wanted = true;
    process.nextTick(() => {
      if (wanted) callback();
    });
    return () => (wanted = false);
  }
  const stop = () => {
    response.off('close', finished).off('finish', finished);
    stopWaiting?.();
  };
  const finished = () => {
    stop();
    callback();
  };
  response.once('close', finished);
  // Hosts with sockets of their own do not all emit `close`.
  if (!(response.req.socket instanceof Socket)) response.once('finish', finished);
  const stopWaiting = response.socket === null ? whenConnectionCloses(response, finished) : undefined;
  return stop;
}

/** Adds one listener for each connection, because thousands of responses can wait on one connection. */
function whenConnectionCloses(response: Response, callback: () => void): (() => void) | undefined {
  const socket = socketOf(response);
  if (!socket) return undefined;
  const { waiting, onClose } = connectionOf(socket);
  if (waiting.size === 0) socket.once('close', onClose);
  const callbacks = waiting.get(response) ?? new Set();
  waiting.set(response, callbacks.add(callback));
  return () => {
    if (!callbacks.delete(callback) || callbacks.size > 0) return;
    waiting.delete(response);
    if (waiting.size === 0) socket.off('close', onClose);
  };
}

/** Returns a signal that is aborted when the client leaves before it has received the whole response. */
export function clientSignal(response: Response): AbortSignal {
  const controller = new AbortController();
  const leave = () => controller.abort(new ChatKitError('invalid_request', 'The client left before its answer'));
  if (hasClosed(response)) leave();
  else {
    whenFinished(response, () => {
      if (!response.writableFinished) leave();
    });
  }
  return controller.signal;
}

/** Ends the connection after this response: with a header, or once the response has finished. */
export function endConnection(response: Response): void {
  if (!response.headersSent) {
    response.setHeader('Connection', 'close');
    return;
  }
  const socket = socketOf(response);
  response.once('finish', () => {
    // A later response on the connection ends the connection.
    if (socket && !connections.get(socket)?.waiting.size) socket.destroySoon?.();
  });
}
