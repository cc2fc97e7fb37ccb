// Identifies the user by a random cookie, so that each browser has its own threads.
//
// REPLACE THIS BEFORE YOU PUBLISH THE APP. There is no sign-in: everybody gets a session, and a user who loses the cookie
// loses the threads. Return the id of the signed-in user from `userOf`, and throw new ChatKitError('unauthorized', …) when
// nobody is signed in. node_modules/chatkit-express/docs/authentication.md has sessions, tokens and JWTs.
import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';

/** The context of a request. The store and the assistant receive it. */
export interface User {
  /** Owns the threads. */
  userId: string;
}

const pattern = /(?:^|;\s*)session=([0-9a-f-]{36})(?:;|$)/;

/** Gives each browser a session: a middleware for all paths. */
export function giveSession(request: Request, response: Response, next: NextFunction): void {
  let session = pattern.exec(request.headers.cookie ?? '')?.[1];
  if (session === undefined) {
    session = randomUUID();
    const secure = process.env['NODE_ENV'] === 'production'; // sent over https only
    response.cookie('session', session, { httpOnly: true, sameSite: 'lax', secure, maxAge: 365 * 24 * 60 * 60 * 1000 });
  }
  response.locals['session'] = session;
  next();
}

/** The `context` option of the middleware: returns the user of a request. */
export function userOf(_request: Request, response: Response): User {
  return { userId: response.locals['session'] as string };
}
