// Creates sessions for pages that use ChatKit with a workflow on OpenAI's servers. This server only identifies the
// user.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ChatKitError, type ErrorCode, httpStatus } from '../../errors';
import { consoleLogger, type Logger } from '../../logger';

/** The part of the `openai` client that is called. */
export interface SessionsClient<TConfiguration = object> {
  beta: {
    chatkit: {
      sessions: {
        create(body: {
          user: string;
          workflow: { id: string; version?: string; state_variables?: Record<string, string | boolean | number> };
          chatkit_configuration?: TConfiguration;
          expires_after?: { anchor: 'created_at'; seconds: number };
          rate_limits?: { max_requests_per_1_minute?: number };
        }): PromiseLike<{ client_secret: string; expires_at: number }>;
      };
    };
  };
}

/** The requested session. */
export interface SessionOptions<TConfiguration = object> {
  /** The workflow's id, `wf_…`, or the id with a version and variables. */
  workflow:
    | string
    | {
        id: string;
        version?: string | undefined;
        state_variables?: Record<string, string | boolean | number> | undefined;
      };
  /** OpenAI's `chatkit_configuration`: uploads, history, titles. Default: its own. */
  configuration?: TConfiguration | undefined;
  /** The lifetime of the secret in seconds, at most 600. Default: OpenAI's 600. */
  expiresAfterSeconds?: number | undefined;
  /** The maximum number of requests a minute. Default: OpenAI's 10. */
  maxRequestsPerMinute?: number | undefined;
}

/** The secret for the page. */
export interface ClientSecret {
  client_secret: string;
  /** Seconds since 1970. */
  expires_at: number;
}

/**
 * Starts a session of hosted ChatKit for a user.
 * @param user an id that never changes, because it decides whose threads are visible. Do not use an e-mail address.
 * @throws ChatKitError `unauthorized` for an empty id; the errors of the client.
 */
export async function createChatKitSession<TConfiguration extends object>(
  client: SessionsClient<TConfiguration>,
  {
    user,
    workflow,
    configuration,
    expiresAfterSeconds,
    maxRequestsPerMinute,
  }: SessionOptions<TConfiguration> & { user: string },
): Promise<ClientSecret> {
  if (typeof user !== 'string' || user.trim() === '') {
    throw new ChatKitError('unauthorized', 'Sign in first: a session belongs to a user');
  }
  const { client_secret, expires_at } = await client.beta.chatkit.sessions.create({
    user,
    workflow: typeof workflow === 'string' ? { id: workflow } : workflow,
    ...(configuration !== undefined && { chatkit_configuration: configuration }),
    ...(expiresAfterSeconds !== undefined && { expires_after: { anchor: 'created_at', seconds: expiresAfterSeconds } }),
    ...(maxRequestsPerMinute !== undefined && { rate_limits: { max_requests_per_1_minute: maxRequestsPerMinute } }),
  });
  return { client_secret, expires_at };
}

/** Options of {@link chatkitSessions}. */
export interface ChatKitSessionsOptions<TContext, TConfiguration = object> extends SessionOptions<TConfiguration> {
  client: SessionsClient<TConfiguration>;
  /** Makes the context for `user`, like the option of chatkitMiddleware. Default: an empty object. */
  context?(request: IncomingMessage, response: ServerResponse): Promise<TContext> | TContext;
  /** Returns the id of the user. A request without a user (`null`, `undefined`, `''`) is refused with 401. */
  user(context: TContext): string | null | undefined;
  /** Default: warnings and errors on the console. */
  logger?: Logger | undefined;
}

/** A request of Express. */
type Request = IncomingMessage & { path?: string };

/**
 * Answers `POST …/session` and `POST …/refresh` with a fresh `{ client_secret, expires_at }`, and calls `next` for any
 * other request. Mount it as `app.use('/hosted', chatkitSessions({ … }))`, behind a rate limit, because each answer is
 * a request to OpenAI.
 */
export function chatkitSessions<TContext = unknown, TConfiguration extends object = object>(
  options: ChatKitSessionsOptions<TContext, TConfiguration>,
): (request: Request, response: ServerResponse, next: (error?: unknown) => void) => void {
  const { client, logger = consoleLogger } = options;
  async function answer(request: Request, response: ServerResponse): Promise<void> {
    try {
      const context = options.context ? await options.context(request, response) : ({} as TContext);
      send(response, 200, await createChatKitSession(client, { ...options, user: options.user(context) ?? '' }));
    } catch (error) {
      refuse(response, error, logger);
    }
  }
  return (request, response, next) => {
    const path = request.path ?? request.url?.split('?', 1)[0];
    if (path !== '/session' && path !== '/refresh') return next();
    request.resume(); // the body is not needed
    if (request.method === 'POST') return void answer(request, response);
    if (request.method === 'OPTIONS') return next(); // the application's own CORS answers a preflight
    response.setHeader('Allow', 'POST');
    refuse(response, new ChatKitError('method_not_allowed', 'Send a POST'), logger);
  };
}

/** Sends a ChatKitError unchanged. OpenAI's errors are only logged. */
function refuse(response: ServerResponse, error: unknown, logger: Logger): void {
  const known = error instanceof ChatKitError && error.code !== 'internal';
  if (!known) logger.error({ err: error }, 'a session of hosted ChatKit could not be started');
  const code: ErrorCode = known ? error.code : 'unavailable';
  const message = known ? error.message : 'The session could not be started';
  if (!response.headersSent) send(response, httpStatus[code], { message, error: { code, message } });
}

function send(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(value));
}
