// A page of another origin, with its user's cookies, in a real browser, against an app that has its own cors(). The page
// does what the official client does, with the headers and the credentials that it sends (docs/protocol.md).
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chatkitMiddleware, ChatKitError, MemoryStore } from 'chatkit-express';
import cors from 'cors';
import express from 'express';
import type { Browser, Page } from 'playwright-core';
import { describeInChromium, startChromium } from '../playground/chromium';
import { MemoryAttachments } from '../support/memory-attachments';
import { RecordingLogger } from '../support/recording-logger';
import { assistantMessage, done } from '../support/items';
import { png as bytes } from './upload-endpoint';

/** A whole picture of one pixel, which a browser draws. */
const picture = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** The part of a browser's `Image` that is used here. */
interface PageImage {
  src: string;
  naturalWidth: number;
  decode(): Promise<void>;
}

const listen = async (app: express.Express, running: Server[]) => {
  const server = createServer(app).listen(0, '127.0.0.1');
  running.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

describeInChromium('a page of another origin', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  }, 60_000);
  afterAll(() => browser?.close());

  const running: Server[] = [];
  const logger = new RecordingLogger();
  let page: Page;
  afterEach(async () => {
    await page.context().close();
    for (const server of running.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
    expect([...logger.take('warn'), ...logger.take('error')]).toEqual([]);
  });

  /** `localhost` and 127.0.0.1 are two sites. Cookies of the other site need HTTPS, so the sign-in is of the same site. */
  async function open(allowed: boolean) {
    const site = express().get('/', (_request, response) => void response.send('<!doctype html><title>Page</title>'));
    const pageOrigin = `http://localhost:${await listen(site, running)}`;
    const chatkit = chatkitMiddleware({
      store: new MemoryStore(),
      attachmentStore: new MemoryAttachments(),
      logger,
      context({ headers }) {
        if (headers.cookie !== 'session=ann') throw new ChatKitError('unauthorized', 'Please sign in');
        return {};
      },
      transcribe: () => ({ text: 'Hello' }),
      async *respond({ thread }) {
        yield done(assistantMessage(thread, 'msg_1', 'Good day'));
      },
    });
    const app = express();
    app.use(cors({ origin: allowed ? pageOrigin : 'http://localhost:1', credentials: true }));
    app.get(
      '/sign-in',
      (_request, response) => void response.cookie('session', 'ann', { httpOnly: true, sameSite: 'lax' }).send('ok'),
    );
    app.use('/chatkit', chatkit);
    const origin = `http://localhost:${await listen(app, running)}`;
    page = await (await browser.newContext()).newPage();
    await page.goto(`${origin}/sign-in`);
    await page.goto(pageOrigin);
    return { url: `${origin}/chatkit` };
  }

  /** Runs in the page. Rejections of fetch, as CORS brings them about, are results. */
  const post = (url: string, body: unknown, accept = '*/*') =>
    page.evaluate(
      async ({ url, body, accept }) => {
        try {
          const response = await fetch(url, {
            method: 'POST',
            credentials: 'include',
            headers: {
              'content-type': 'application/json',
              'chatkit-frame-instance-id': '9f0d',
              'accept-language': 'en',
              accept,
            },
            body: JSON.stringify(body),
          });
          return { status: response.status, text: await response.text() };
        } catch (error) {
          return { status: 0, text: String(error) };
        }
      },
      { url, body, accept },
    );

  const upload = (url: string, path: string, withHeaders = true) =>
    page.evaluate(
      async ({ url, picture, withHeaders }) => {
        const data = Uint8Array.from(atob(picture), (character) => character.charCodeAt(0));
        const form = new FormData();
        form.append('file', new Blob([data], { type: 'image/png' }), 'a.png');
        try {
          const response = await fetch(url, {
            method: 'POST',
            credentials: 'include',
            ...(withHeaders ? { headers: { 'chatkit-frame-instance-id': '9f0d' } } : { mode: 'no-cors' as const }),
            body: form,
          });
          return { status: response.status, type: response.type, text: await response.text() };
        } catch (error) {
          return { status: 0, type: 'error', text: String(error) };
        }
      },
      { url: url + path, picture, withHeaders },
    );

  test('chats, uploads, shows the preview and dictates', async () => {
    const { url } = await open(true);
    const uploaded = await upload(url, '/upload');
    expect([uploaded.status, uploaded.text]).toEqual([200, expect.stringContaining('"type":"image"')]);
    const attachment = JSON.parse(uploaded.text) as { id: string; preview_url: string };

    const width = await page.evaluate(async (src) => {
      const { Image } = globalThis as unknown as { Image: new () => PageImage };
      const image = new Image();
      image.src = src;
      await image.decode();
      return image.naturalWidth;
    }, attachment.preview_url);
    expect(width).toBe(1);

    const input = {
      content: [{ type: 'input_text', text: 'See' }],
      attachments: [attachment.id],
      quoted_text: '',
      inference_options: {},
    };
    const stream = await post(url, { type: 'threads.create', params: { input } }, 'text/event-stream');
    expect([stream.status, stream.text]).toEqual([200, expect.stringContaining('Good day')]);
    expect(stream.text).toContain(attachment.id);

    const list = await post(url, { type: 'threads.list', params: { limit: 9999, order: 'desc' } });
    expect([list.status, (JSON.parse(list.text) as { data: unknown[] }).data]).toEqual([200, [expect.anything()]]);

    const announced = await post(url, {
      type: 'attachments.create',
      params: { name: 'b.png', size: bytes.length, mime_type: 'image/png' },
    });
    const { upload_descriptor } = JSON.parse(announced.text) as { upload_descriptor: { url: string } };
    const put = await page.evaluate(
      async ({ url, data }) => {
        const headers = { 'content-type': 'image/png', 'chatkit-frame-instance-id': '9f0d' };
        return (await fetch(url, { method: 'PUT', body: new Uint8Array(data), headers })).status;
      },
      { url: upload_descriptor.url, data: [...bytes] },
    );
    expect(put).toBe(200);

    expect((await upload(url, '/transcribe')).status).toBe(200);
  }, 60_000);

  test('is kept out where the app does not allow its origin, and its forms are refused', async () => {
    const { url } = await open(false);
    expect((await post(url, { type: 'threads.list', params: {} })).status).toBe(0);
    expect((await upload(url, '/upload')).status).toBe(0);
    // A form as any page can send it, without a preflight. The page sees nothing of the answer.
    const answers: number[] = [];
    page.on('response', (response) => answers.push(response.status()));
    for (const path of ['/upload', '/transcribe']) expect((await upload(url, path, false)).type).toBe('opaque');
    expect(answers).toEqual([403, 403]);
  }, 60_000);
});
