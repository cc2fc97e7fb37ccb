// Watches the connections of requests: reports when a response may be written, when it is over, and when its client left.
import { Socket } from 'node:net';
import type { Response } from 'express';
import { ChatKitError } from '../errors';

/**
 * The endpoint's responses on one connection. With HTTP pipelining a response can wait behind another one. Node gives a
 * response its socket when its slot is free, without an event, and does not report a closed connection to those that wait.
 */
interface Connection {
  /** Those that are not over. */
  responses: Set<Response>;
  /** For each response without a socket: what to call when the connection closes. */
  waiting: Map<Response, Set<() => void>>;
  /** For each response without a socket that wants to write: what to call when it may. */
  slots: Map<Response, () => void>;
  onClose: () => void;
}

const connections = new WeakMap<Socket, Connection>();

/** The socket of the request's connection. Undefined on hosts that have none, such as serverless ones. */
function socketOf(response: Response): Socket | undefined {
  const { socket } = response.req as { socket?: Socket | null };
  return typeof socket?.once === 'function' && typeof socket.off === 'function' ? socket : undefined;
}

function connectionOf(socket: Socket): Connection {
  let connection = connections.get(socket);
  if (!connection) {
    const waiting: Connection['waiting'] = new Map();
    connection = {
      responses: new Set(),
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
 * Reports a response of the endpoint, and calls back when it is over. Called once for each response, before any other
 * function here.
 */
export function track(response: Response, callback: () => void): void {
  const socket = socketOf(response);
  if (!socket) {
    whenFinished(response, callback);
    return;
  }
  const connection = connectionOf(socket);
  connection.responses.add(response);
  const finished = () => {
    if (!connection.responses.delete(response)) return;
    connection.slots.delete(response);
    callback();
    freeSlots(connection);
  };
  // Most responses have the connection for themselves, and `close` is all that has to be heard.
  if (response.socket === null || hasClosed(response)) whenFinished(response, finished);
  else response.on('close', finished);
}

/** Lets those write whose slot is free, and those that wait for a response which is not the endpoint's. */
function freeSlots({ responses, slots }: Connection): void {
  if (slots.size === 0) return;
  const isBehindOurs = [...responses].some(({ socket }) => socket !== null);
  for (const [response, call] of [...slots]) {
    if (response.socket === null && isBehindOurs) continue;
    slots.delete(response);
    call();
  }
}

/**
 * Calls back at once, or when no other response of the endpoint is before this one on its connection. What is written
 * before that fills Node's buffer for the connection, and then Node stops reading from it and cannot see it close.
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
 * Calls back once: when the response has finished, or when its connection has closed. Calls back in the next tick when
 * that has happened before. Returns a function that takes the callback back.
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
  // Not every host whose sockets are not Node's own emits `close`.
  if (!(response.req.socket instanceof Socket)) response.once('finish', finished);
  const stopWaiting = response.socket === null ? whenConnectionCloses(response, finished) : undefined;
  return stop;
}

/** One listener for each connection, because thousands of responses can wait on one. */
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

/** Returns a signal that is aborted when the client leaves before it has the whole response. */
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

/** Lets the connection end after this response: with a header, or once the response has finished. */
export function endConnection(response: Response): void {
  if (!response.headersSent) {
    response.setHeader('Connection', 'close');
    return;
  }
  const socket = socketOf(response);
  response.once('finish', () => {
    // A response that waits behind this one ends the connection later.
    if (socket && !connections.get(socket)?.waiting.size) socket.destroySoon?.();
  });
}
