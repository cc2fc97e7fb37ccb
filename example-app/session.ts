// Identifies the user. Each browser gets a random session cookie, so that two browsers never see each other's threads.
// This is a demo without a login: a request without a cookie may use any name. docs/ shows real authentication.
import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler } from 'express';

const cookieName = 'chatkit_demo_session';
const cookiePattern = new RegExp(`(?:^|;\\s*)${cookieName}=([0-9a-f-]{36})(?:;|$)`);

function sessionOf(request: Request): string | undefined {
  return cookiePattern.exec(request.headers.cookie ?? '')?.[1];
}

/** Gives a browser its cookie when it loads the page. */
export const giveSession: RequestHandler = (request, response, next) => {
  if (!sessionOf(request)) response.cookie(cookieName, randomUUID(), { httpOnly: true, sameSite: 'lax' });
  next();
};

/**
 * Returns the owner of the threads of a request: the browser's session, or without a cookie, as from curl, the name in
 * the header `x-user-id`, or `curl`. The prefix separates names from sessions, so that no name opens a browser's
 * threads.
 */
export function userOf(request: Request): string {
  const session = sessionOf(request);
  return session ? `session:${session}` : `name:${request.get('x-user-id') ?? 'curl'}`;
}
