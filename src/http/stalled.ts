// Closes the connection of a client that no longer accepts bytes of its stream.
import { Socket } from 'node:net';
import type { Response } from 'express';
import type { Logger } from '../logger';

/** Watches one response while bytes wait for its client. */
export interface StallWatch {
  /** Called when the response has to wait for its client. */
  begin(): void;
  /** Called when the client has accepted the bytes, or has left. */
  stop(): void;
}

/** Makes the watch of a response. Undefined without a limit. */
export function stallWatch(
  response: Response,
  ms: number | undefined,
  { logger, fields }: { logger: Logger; fields: Record<string, string> },
): StallWatch | undefined {
  if (ms === undefined) return undefined;
  const close = () => {
    logger.info(fields, 'a client that had stopped reading was disconnected');
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
