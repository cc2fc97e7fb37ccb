// The server's side of a response, for what a client cannot see or bring about.
import type { Socket } from 'node:net';
import type { RequestHandler, Response } from 'express';
import type { Endpoint } from './endpoint';

/** One turn of the event loop. */
export const turnOfTheLoop = () => new Promise((resolve) => setImmediate(resolve));

/** Makes a socket's writes wait, as they do when the system's buffers are full, until the function it gives is called. */
export function heldUp(socket: Socket): () => void {
  const held: (() => void)[] = [];
  for (const name of ['_write', '_writev'] as const) {
    const write = socket[name]!.bind(socket) as (...args: unknown[]) => void;
    Object.assign(socket, { [name]: (...args: unknown[]) => held.push(() => write(...args)) });
  }
  return () => {
    Reflect.deleteProperty(socket, '_write');
    Reflect.deleteProperty(socket, '_writev');
    for (const write of held) write();
  };
}

/** Keeps the server's side of each response. */
export function watched() {
  const responses: Response[] = [];
  const before = (): RequestHandler[] => [
    (_request, response, next) => {
      responses.push(response);
      next();
    },
  ];
  return { responses, before };
}

/** Settles when `happened` is true, which some turns of the event loop bring about or nothing does. */
export async function until(happened: () => boolean): Promise<void> {
  for (let turn = 0; turn < 200_000; turn++) {
    if (happened()) return;
    await turnOfTheLoop();
  }
  throw new Error(`it does not come true: ${happened.toString()}`);
}

/** Settles when every run has ended. */
export const noRuns = ({ chatkit }: Endpoint) => until(() => chatkit.server.openRuns === 0);
