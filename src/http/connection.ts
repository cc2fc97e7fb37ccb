// Watches a request's connection: reports when a response is over, when the client has left, and ends the connection.
import { Socket } from 'node:net';
import type { Response } from 'express';
import { ChatKitError } from '../errors';

/** The responses that wait behind another response on their connection. */
interface Waiting {
  callbacks: Set<() => void>;
  onClose: () => void;
}

const waitingOn = new WeakMap<Socket, Waiting>();

/** Reports whether the connection of a response has closed. Some hosts have no sockets: there the response itself says. */
export function hasClosed(response: Response): boolean {
  const { socket } = response.req as { socket?: Socket | null };
  return response.destroyed || socket?.destroyed === true;
}

/**
 * Calls back once: when the response has finished, or when its connection has closed. Calls back in the next tick when
 * that has happened before. Returns a function that takes the callback back.
 */
export function whenOver(response: Response, callback: () => void): () => void {
  if (hasClosed(response)) {
    let wanted = true;
    process.nextTick(() => {
      if (wanted) callback();
    });
    return () => (wanted = false);
  }
  const stop = () => {
    response.off('close', over).off('finish', over);
    stopWaiting?.();
  };
  const over = () => {
    stop();
    callback();
  };
  response.once('close', over);
  // Not every host whose sockets are not Node's own emits `close`.
  if (!(response.req.socket instanceof Socket)) response.once('finish', over);
  // Node does not report a closed connection to the responses that wait for their turn on it (HTTP pipelining).
  const stopWaiting = response.socket === null ? whenSocketCloses(response.req.socket, over) : undefined;
  return stop;
}

/** One listener for each connection, because thousands of responses can wait on one. */
function whenSocketCloses(socket: Socket | undefined, callback: () => void): (() => void) | undefined {
  if (typeof socket?.once !== 'function') return undefined;
  const waiting = waitingOn.get(socket) ?? waitOn(socket);
  waiting.callbacks.add(callback);
  return () => {
    waiting.callbacks.delete(callback);
    if (waiting.callbacks.size > 0) return;
    socket.off('close', waiting.onClose);
    if (waitingOn.get(socket) === waiting) waitingOn.delete(socket);
  };
}

function waitOn(socket: Socket): Waiting {
  const callbacks = new Set<() => void>();
  const waiting: Waiting = {
    callbacks,
    onClose() {
      for (const call of [...callbacks]) call();
    },
  };
  waitingOn.set(socket, waiting);
  socket.once('close', waiting.onClose);
  return waiting;
}

/** Returns a signal that is aborted when the client leaves before it has the whole response. */
export function clientSignal(response: Response): AbortSignal {
  const controller = new AbortController();
  const leave = () => controller.abort(new ChatKitError('invalid_request', 'The client left before its answer'));
  if (hasClosed(response)) leave();
  else {
    whenOver(response, () => {
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
  const { socket } = response.req as { socket?: Socket | null };
  response.once('finish', () => socket?.end?.());
}
