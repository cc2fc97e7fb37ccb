import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { finished, pipeline } from 'node:stream/promises';
import busboy from 'busboy';
import { type Answer, ChatKitError, type ChatKitServer, type FormUse, httpStatus } from 'chatkit-express';

export function chatkitListener<TContext>(
  server: ChatKitServer<TContext>,
  path: string, // such as '/chatkit'
  contextOf: (request: IncomingMessage) => Promise<TContext> | TContext, // returns the user; throws a ChatKitError to refuse
): RequestListener {
  async function answer(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<unknown> {
    const { headers, url } = request;
    const [pathname = '', search] = url?.split('?', 2) ?? [];
    const isBelow = pathname === path || pathname.startsWith(`${path}/`);
    const [, folder = '', segment = ''] = (isBelow ? pathname.slice(path.length) : '/elsewhere').split('/');
    const query = new URLSearchParams(`id=${segment}&${search ?? ''}`); // decodes both values
    const target = { id: query.get('id') ?? '', token: query.get('token') };
    const size = headers['content-length'] === undefined ? {} : { size: Number(headers['content-length']) };
    const caller = { context: () => contextOf(request), signal, baseUrl: `http://${headers.host}${path}` };
    const form = { ...size, read: <T>(use: FormUse<T>) => readForm(request, signal, use) };
    switch (`${request.method} /${folder}${segment && '/:id'}`) {
      case 'GET /':
        if (!query.has('live')) await server.ready();
        return { status: 'ok' };
      case 'POST /':
        return sendAnswer(response, await server.handle(() => readJson(request), caller), signal);
      case 'POST /upload':
        return server.upload(form, caller);
      case 'POST /upload/:id':
      case 'PUT /upload/:id': {
        const raw = { ...size, mimeType: headers['content-type'] ?? '', open: () => ({ source: request, signal }) };
        await server.uploadAnnounced({ ...target, body: request.method === 'PUT' ? raw : form });
        return {};
      }
      case 'GET /attachments/:id': {
        const attachment = await server.openAttachment(target);
        if (attachment.kind === 'redirect') return void response.writeHead(302, { location: attachment.url }).end();
        response.writeHead(200, {
          'content-type': attachment.mimeType,
          'content-length': attachment.size,
          'content-disposition': `${attachment.disposition}; filename*=UTF-8''${encodeURIComponent(attachment.name)}`,
          'content-security-policy': "sandbox; default-src 'none'", // no script in the file runs
          'cross-origin-resource-policy': 'cross-origin', // the chat shows the file in a frame of another site
          'x-content-type-options': 'nosniff',
        });
        return pipeline(await attachment.read(), response);
      }
      case 'POST /transcribe':
        return server.transcribe(form, caller);
      default:
        throw new ChatKitError('not_found', 'There is nothing at this path');
    }
  }

  return (request, response) => {
    const left = new AbortController();
    const end = server.begin(() => {
      if (!response.headersSent) response.setHeader('connection', 'close');
      else response.once('finish', () => request.socket.end());
    });
    // Node does not report the end of a connection to a response that is queued behind an earlier one.
    (response.socket ? response : request.socket).once('close', () => {
      end();
      if (!response.writableFinished) left.abort(new ChatKitError('invalid_request', 'The client left'));
    });
    answer(request, response, left.signal)
      .then((value) => value !== undefined && sendJson(response, 200, value))
      .catch((error: unknown) => sendError(request, response, error));
  };
}

function checkType({ headers }: IncomingMessage, type: RegExp): void {
  const isExpected = type.test(headers['content-type'] ?? '');
  if (!isExpected) throw new ChatKitError('unsupported_media_type', `content-type: must match ${type.source}`);
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const maxBodyBytes = 1024 * 1024; // dictation as JSON needs 35 MiB
  checkType(request, /^application\/json\b/i);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    if ((size += chunk.length) > maxBodyBytes)
      throw new ChatKitError('too_large', `The body can have ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
  } catch (error) {
    throw new ChatKitError('invalid_request', 'The body is not JSON', { cause: error });
  }
}

async function readForm<T>(request: IncomingMessage, signal: AbortSignal, use: FormUse<T>): Promise<T> {
  checkType(request, /^multipart\/form-data;.*boundary=/i);
  let receiving: Promise<T> | undefined;
  const reading = new Promise<void>((resolve, reject) => {
    const refuse = (message: string) => reject(new ChatKitError('invalid_request', message));
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    const reader = busboy({ headers: request.headers, defParamCharset: 'utf8', limits: { fields: 20 } });
    reader.on('file', (field, source, { filename, mimeType }) => {
      source.on('error', reject);
      if (field !== 'file' || receiving) return refuse(`${field}: send one file, in the field file`);
      receiving = use.receive({ source, name: filename ?? '', mimeType, signal });
      receiving.catch(reject); // before the rest of the form has arrived
    });
    reader.on('error', () => refuse('The form cannot be read'));
    reader.on('close', () => (receiving ? resolve() : refuse('file: send a file in this field')));
    request.pipe(reader);
  });
  await reading.catch(async (error: unknown) => {
    request.unpipe();
    await receiving?.then(use.undo, () => undefined);
    throw error;
  });
  return receiving as unknown as Promise<T>;
}

async function sendAnswer(response: ServerResponse, answer: Answer, signal: AbortSignal): Promise<unknown> {
  if (answer.kind === 'json') return answer.value; // the caller sends it
  if (signal.aborted) return answer.events.cancel();
  signal.addEventListener('abort', () => void answer.events.cancel(), { once: true }); // the user pressed Stop or left
  const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform' };
  response.writeHead(200, { ...headers, 'x-accel-buffering': 'no' }).flushHeaders();
  const heartbeat = setInterval(() => response.writable && response.write(': heartbeat\n\n'), 15_000);
  const frames = async function* (events: AsyncIterable<unknown>) {
    for await (const event of events) yield `data: ${JSON.stringify(event)}\n\n`;
  };
  return pipeline(answer.events, frames, response).finally(() => clearInterval(heartbeat)); // with back pressure
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  response.writeHead(status, headers).end(JSON.stringify(value));
}

async function sendError(request: IncomingMessage, response: ServerResponse, error: unknown): Promise<void> {
  const known = error instanceof ChatKitError && error.code !== 'internal' ? error : undefined;
  if (!known && !response.destroyed) console.error('a request failed', error);
  if (response.headersSent || response.destroyed) return void response.destroy();
  const { code, message, issues, retryAfterMs } = known ?? new ChatKitError('internal', 'Something went wrong');
  if (retryAfterMs !== undefined) response.setHeader('retry-after', Math.ceil(retryAfterMs / 1000));
  if (!request.complete) {
    // If the connection closes while the client still sends, it is reset, and the client may miss the response.
    response.setHeader('connection', 'close');
    await finished(request.resume(), { signal: AbortSignal.timeout(1000) }).catch(() => undefined);
  }
  sendJson(response, httpStatus[code], { message, error: { code, message, issues } });
}
