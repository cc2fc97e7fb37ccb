// Closes the connection of a client that accepts no bytes of its stream any more.
import { Socket } from 'node:net';
import type { Response } from 'express';

/** Watches one response while bytes wait for its client. */
export interface StallWatch {
  /** Called when the response has to wait for its client. */
  begin(): void;
  /** Called when the client has accepted the bytes, or has left. */
  stop(): void;
}

/**
 * Makes the watch of a response.
 * @param stalled Called before the connection is closed.
 */
export function stallWatch(response: Response, ms: number, stalled: () => void): StallWatch {
  const close = () => {
    stalled();
    response.destroy();
  };
  const { socket } = response.req as { socket?: unknown };
  return socket instanceof Socket ? socketWatch(socket, ms, close) : timerWatch(ms, close);
}

/** Uses the timeout of the socket, because Node restarts this timeout while the client accepts part of a long write. */
function socketWatch(socket: Socket, ms: number, close: () => void): StallWatch {
  let earlier: number | undefined;
  return {
    begin() {
      if (earlier !== undefined) return;
      earlier = socket.timeout ?? 0;
      socket.setTimeout(ms);
      socket.prependListener('timeout', close);
    },
    stop() {
      if (earlier === undefined) return;
      socket.off('timeout', close);
      if (!socket.destroyed) socket.setTimeout(earlier);
      earlier = undefined;
    },
  };
}

function timerWatch(ms: number, close: () => void): StallWatch {
  let timer: NodeJS.Timeout | undefined;
  return {
    begin() {
      timer ??= setTimeout(close, ms).unref();
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
