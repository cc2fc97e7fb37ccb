// The playground and runs that outlive their connection, in Chromium: reloads, navigation, Stop, a network that fails, and
// servers without runs.
import type { Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express, { type Express, type RequestHandler } from 'express';
import type { Browser } from 'playwright-core';
import { chatkitPlayground } from 'chatkit-express/playground';
import { type Endpoint, start } from '../http/endpoint';
import { added, answering, delta, done } from '../http/hooks';
import { noRuns } from '../http/server-side';
import { startFaultyProxy } from '../support/faulty-proxy';
import { sized } from '../support/sizes';
import { describeInChromium, startChromium } from './chromium';
import { openPage, type Opened } from './open-page';
import { assistantMessage, created, done as scriptedDone, options, thread, userMessage } from './scripted';

jest.setTimeout(60_000);

const text = 'one two three';

describeInChromium('the playground', () => {
  let browser: Browser;
  const pages: Opened[] = [];

  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    await Promise.all(pages.splice(0).map((page) => page.close()));
  });

  const serve = (setup: Parameters<typeof start>[0]) =>
    start({
      ...setup,
      mount: (app, chatkit) => {
        app.use('/chatkit', chatkit);
        app.get(
          '/elsewhere',
          (_request, response) => void response.type('html').send('<link rel="icon" href="data:,"><p>Elsewhere</p>'),
        );
        app.use(chatkitPlayground({ url: '/chatkit', title: 'Runs' }));
      },
    });
  const visit = async (port: number) => {
    const opened = await openPage(browser, `http://127.0.0.1:${port}`);
    pages.push(opened);
    const requests: string[] = [];
    opened.page.on('request', (request) => {
      const { type } = Object(parse(request.postData())) as { type?: string };
      requests.push([request.method(), new URL(request.url()).pathname, type].filter(Boolean).join(' '));
    });
    const shows = (part: string) =>
      opened.page.locator('.turn').last().locator('.assistant-message').filter({ hasText: part }).waitFor();
    return { ...opened, requests, shows };
  };
  /** Begins an answer in the thread that every endpoint has. */
  const begin = async (endpoint: Endpoint, hook: ReturnType<typeof answering>, port = endpoint.port) => {
    const chat = await visit(port);
    await chat.page.getByRole('navigation', { name: 'Threads' }).locator('.thread-open').first().click();
    await chat.say('Question');
    hook.say(added(), delta('one '));
    await chat.shows('one');
    return chat;
  };
  const stops = ({ requests }: { requests: string[] }) => requests.filter((request) => request.includes('runs/stop'));
  const answers = ({ page }: Opened) => page.locator('.assistant-message').allInnerTexts();

  it('after a reload shows the rest without a click, and the model is asked once', async () => {
    const hook = answering();
    const endpoint = await serve({ respond: hook.respond });
    const chat = await begin(endpoint, hook);
    await chat.page.reload();
    await chat.shows('one');
    await chat.page.getByText('The page has joined it').waitFor();
    await chat.look('run-joined');
    hook.say(delta('two '));
    await chat.shows('one two');
    hook.say(delta('three'), done(text));
    hook.end();
    await chat.shows(text);
    await chat.settled();
    expect(await answers(chat)).toEqual([text]);
    expect(await chat.page.locator('.user-message').count()).toBe(1);
    expect(hook.calls).toBe(1);
    expect((await hook.started).signal.aborted).toBe(false);
    await noRuns(endpoint);
    expect(stops(chat)).toEqual([]);
    expect(chat.complaints).toEqual([]);
    await chat.exchanges('runs.events').waitFor();
    expect(await chat.exchanges('runs.events').count()).toBe(1);
  });

  it('does not stop the run when the user goes to another page, another thread or a new one', async () => {
    const hook = answering();
    const endpoint = await serve({ respond: hook.respond });
    const chat = await begin(endpoint, hook);
    await chat.page.getByRole('button', { name: 'New thread' }).click();
    await chat.page.locator('.assistant-message').waitFor({ state: 'detached' });
    hook.say(delta('two '));
    await chat.page.getByRole('navigation', { name: 'Threads' }).locator('.thread-open').first().click();
    await chat.shows('one two');
    await chat.page.goto(`http://127.0.0.1:${endpoint.port}/elsewhere`);
    hook.say(delta('three'), done(text));
    hook.end();
    await hook.left;
    expect((await hook.started).signal.aborted).toBe(false);
    await noRuns(endpoint);
    expect(stops(chat)).toEqual([]);
    await chat.page.goBack();
    await chat.shows(text);
    expect(await answers(chat)).toEqual([text]);
    expect(chat.complaints).toEqual([]);
  });

  it.each(['at once', 'after a reload'])('aborts the request of the model on Stop %s', async (when) => {
    const hook = answering();
    const endpoint = await serve({ respond: hook.respond });
    const chat = await begin(endpoint, hook);
    if (when === 'after a reload') {
      await chat.page.reload();
      await chat.shows('one');
      hook.say(delta('two '));
      await chat.shows('one two');
    }
    const { signal } = await hook.started;
    const order: string[] = [];
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        order.push('aborted');
        resolve();
      });
    });
    expect(signal.aborted).toBe(false);
    order.push('stop');
    await Promise.all([chat.page.getByRole('button', { name: 'Stop', exact: true }).click(), aborted]);
    expect(order).toEqual(['stop', 'aborted']);
    await chat.settled(); // the composer is free again
    await noRuns(endpoint);
    expect(stops(chat)).toHaveLength(1);
    expect(chat.complaints).toEqual([]);
    const stored = await endpoint.store.loadThreadItems('thr_1', { limit: 9, after: null, order: 'asc' }, {});
    expect(stored.data.map(({ type }) => type)).toContain('sdk_hidden_context');
  });

  it('shows nothing of a network that is lost for a while', async () => {
    const hook = answering();
    const endpoint = await serve({ respond: hook.respond, heartbeatMs: 200 });
    const proxy = await startFaultyProxy(endpoint.port);
    try {
      const chat = await begin(endpoint, hook, proxy.port);
      proxy.isDropping = true;
      hook.say(delta('two '));
      // So that several heartbeats are lost.
      await new Promise((resolve) => setTimeout(resolve, sized(1500, 10_000)));
      proxy.isDropping = false;
      hook.say(delta('three'), done(text));
      hook.end();
      await chat.shows(text);
      await chat.settled();
      expect(await answers(chat)).toEqual([text]);
      expect(await chat.page.locator('.error-banner').count()).toBe(0);
      expect(hook.calls).toBe(1);
      expect(chat.complaints).toEqual([]);
    } finally {
      await proxy.close();
    }
  });

  it('shows the whole answer when it ended during the reload', async () => {
    const hook = answering();
    const endpoint = await serve({ respond: hook.respond });
    const chat = await begin(endpoint, hook);
    // The run ends between the moment that the thread is read and the moment that the page has it.
    await chat.page.route('**/chatkit', async (route) => {
      if (!route.request().postData()?.includes('get_by_id')) return route.continue();
      const response = await route.fetch();
      hook.say(delta('two three'), done(text));
      hook.end();
      await noRuns(endpoint);
      return route.fulfill({ response });
    });
    await chat.page.reload();
    await chat.shows(text);
    await chat.settled();
    expect(await answers(chat)).toEqual([text]);
  });

  describe('with a server of another kind', () => {
    const open: Server[] = [];
    afterEach(() => {
      for (const server of open.splice(0)) {
        server.closeAllConnections();
        server.close();
      }
    });
    const listen = async (app: Express) => {
      const server = app.listen(0, '127.0.0.1');
      open.push(server);
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    };
    /** Answers as a server that knows the protocol and nothing of runs. */
    const foreign: RequestHandler = (request, response) => {
      const { type } = request.body as { type: string };
      if (type === 'threads.list') response.json({ data: [thread()], has_more: false });
      else if (type === 'threads.get_by_id') response.json(thread());
      else {
        response.type('text/event-stream');
        for (const event of [created, scriptedDone(userMessage('msg_u', 'Hello')), options]) {
          response.write(`data: ${JSON.stringify(event)}\n\n`);
        }
        // The answer to the second message ends with its connection.
        if (type === 'threads.create') response.end(`data: ${JSON.stringify(scriptedDone(assistantMessage()))}\n\n`);
        response.on('close', () => {
          if (!response.writableFinished) cancelled.push(type);
        });
      }
    };
    const cancelled: string[] = [];
    const converse = async (port: number) => {
      const chat = await visit(port);
      await chat.say('Hello');
      await chat.shows('Hello yourself');
      await chat.settled();
      await chat.say('Hello');
      await chat.page.getByRole('button', { name: 'Stop', exact: true }).click();
      await chat.settled();
      while (cancelled.length === 0) await new Promise((resolve) => setImmediate(resolve));
      expect(cancelled.splice(0)).toEqual(['threads.add_user_message']);
      await chat.page.reload();
      await chat.page.locator('.turns').waitFor();
      await chat.page.reload();
      await chat.page.locator('.turns').waitFor();
      return chat;
    };

    it('works without runs, and does not ask for them twice', async () => {
      const app = express();
      app.post('/chatkit', express.json(), foreign);
      app.use(chatkitPlayground({ url: '/chatkit' }));
      const chat = await converse(await listen(app));
      const warnings = chat.complaints.filter((text) => !text.includes('404'));
      expect(warnings).toEqual([]);
      expect(chat.requests.filter((request) => request === 'GET /chatkit/runs')).toHaveLength(2); // one for each visit
    });

    it('of another origin that allows no further headers, works with one warning', async () => {
      const api = express();
      api.use((request, response, next) => {
        response.set('access-control-allow-origin', '*');
        response.set('access-control-allow-headers', 'content-type, accept-language, chatkit-frame-instance-id');
        if (request.method === 'OPTIONS') response.sendStatus(204);
        else next();
      });
      api.post('/chatkit', express.json(), foreign);
      const apiPort = await listen(api);
      const app = express();
      app.use(chatkitPlayground({ url: `http://127.0.0.1:${apiPort}/chatkit` }));
      const chat = await converse(await listen(app));
      const own = chat.complaints.filter((complaint) => complaint.startsWith('chatkit-express'));
      expect(own).toEqual([expect.stringContaining('does not allow the headers of runs')]);
    });
  });
});

function parse(body: string | null): unknown {
  try {
    return JSON.parse(body ?? 'null');
  } catch {
    return undefined; // the bytes of a file
  }
}
