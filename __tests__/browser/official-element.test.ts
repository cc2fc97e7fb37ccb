// The page's half in Chromium, with the stand-in for the official element.
import type { Browser } from 'playwright-core';
import { MemoryStore } from 'chatkit-express';
import { describeInChromium, startChromium } from '../playground/chromium';
import { type Endpoint, start, thread } from '../http/endpoint';
import { added, answering, delta, done } from '../http/hooks';
import { noRuns } from '../http/server-side';
import { startFaultyProxy } from '../support/faulty-proxy';
import { sized } from '../support/sizes';
import { addPage, open, type Opened } from './page';

describeInChromium('a page with the stand-in for the official element', () => {
  let browser: Browser;
  let pages: Opened[] = [];

  beforeAll(async () => {
    browser = await startChromium();
  }, 60_000);
  afterAll(() => browser.close());
  afterEach(async () => {
    await Promise.all(pages.splice(0).map(({ page }) => page.context().close()));
    pages = [];
  });

  const serve = async (setup: Parameters<typeof start>[0]) =>
    start({
      ...setup,
      mount: (app, chatkit) => {
        addPage(app);
        app.use('/chatkit', chatkit);
      },
    });
  const visit = async (endpoint: Pick<Endpoint, 'port'>, path = '/page') => {
    const opened = await open(browser, `http://127.0.0.1:${endpoint.port}${path}`);
    pages.push(opened);
    return opened;
  };
  /** Begins an answer in the thread that every endpoint has. */
  const begin = async (opened: Opened, hook: ReturnType<typeof answering>) => {
    await opened.openThread(thread.id);
    await opened.say('Question');
    hook.say(added(), delta('one '));
    await opened.shows('one ');
  };
  const text = 'one two three';

  it('after a reload shows the rest without a click, and the model is asked once', async () => {
    const hook = answering();
    const endpoint = await serve({ respond: hook.respond });
    const opened = await visit(endpoint);
    await begin(opened, hook);
    await opened.page.reload();
    await opened.shows('one ');
    hook.say(delta('two '));
    await opened.shows('one two ');
    hook.say(delta('three'), done(text));
    hook.end();
    expect(await opened.settled()).toEqual(['Question', text]);
    expect(hook.calls).toBe(1);
    expect((await hook.started).signal.aborted).toBe(false);
    await noRuns(endpoint);
    const stored = await endpoint.store.loadThreadItems('thr_1', { limit: 9, after: null, order: 'asc' }, {});
    expect(stored.data.map(({ type }) => type)).toEqual(['user_message', 'assistant_message']);
    expect(opened.requests.filter((request) => request.includes('runs/stop'))).toEqual([]);
    expect(opened.complaints).toEqual([]);
  });

  it('a reload of a page without the fetch of the package ends the run, as before', async () => {
    const hook = answering();
    const endpoint = await serve({ respond: hook.respond });
    const opened = await visit(endpoint, '/page?plain');
    await begin(opened, hook);
    await opened.page.reload();
    await hook.left;
    expect((await hook.started).signal.aborted).toBe(true);
  });

  it('shows the whole answer when it ended during the reload', async () => {
    const hook = answering();
    const store = new MemoryStore();
    await store.saveThread(thread, {});
    const endpoint = await serve({ store, respond: hook.respond });
    const opened = await visit(endpoint);
    await begin(opened, hook);
    // The run ends between the moment that the thread is read and the moment that the page has it.
    await opened.page.route('**/chatkit', async (route) => {
      if (!route.request().postData()?.includes('get_by_id')) return route.continue();
      const response = await route.fetch();
      hook.say(delta('two three'), done(text));
      hook.end();
      await noRuns(endpoint);
      return route.fulfill({ response });
    });
    await opened.page.reload();
    await opened.shows(text);
    expect(await opened.settled()).toEqual(['Question', text]);
  });

  it('does not stop the run when the user goes to another page', async () => {
    const hook = answering();
    const endpoint = await serve({ respond: hook.respond });
    const opened = await visit(endpoint);
    await begin(opened, hook);
    await opened.page.goto(`http://127.0.0.1:${endpoint.port}/elsewhere`);
    hook.say(delta('two three'), done(text));
    hook.end();
    await hook.left;
    expect((await hook.started).signal.aborted).toBe(false);
    await noRuns(endpoint);
    expect(opened.requests.filter((request) => request.includes('runs/stop'))).toEqual([]);
    await opened.page.goBack();
    await opened.shows(text);
  });

  it.each(['at once', 'after a reload'])('aborts the request of the model on Stop %s', async (when) => {
    const hook = answering();
    const endpoint = await serve({ respond: hook.respond });
    const opened = await visit(endpoint);
    await begin(opened, hook);
    if (when === 'after a reload') {
      await opened.page.reload();
      await opened.page.locator('[data-ready][data-busy]').waitFor({ state: 'attached' });
      hook.say(delta('two '));
      await opened.shows('one two ');
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
    await Promise.all([opened.stop(), aborted]);
    expect(order).toEqual(['stop', 'aborted']);
    await noRuns(endpoint);
    await opened.settled(); // the composer is free again
    expect(opened.complaints).toEqual([]);
  });

  it('shows nothing of a network that is lost for a while', async () => {
    const hook = answering();
    const endpoint = await serve({ respond: hook.respond, heartbeatMs: 200 });
    const proxy = await startFaultyProxy(endpoint.port);
    try {
      const opened = await visit(proxy);
      await begin(opened, hook);
      proxy.isDropping = true;
      hook.say(delta('two '));
      // So that several heartbeats are lost.
      await new Promise((resolve) => setTimeout(resolve, sized(1500, 10_000)));
      proxy.isDropping = false;
      hook.say(delta('three'), done(text));
      hook.end();
      await opened.shows(text);
      expect(await opened.settled()).toEqual(['Question', text]);
      expect(await opened.page.locator('openai-chatkit').getAttribute('data-error')).toBeNull();
    } finally {
      await proxy.close();
    }
  }, 60_000);

  it('joins the run that another page has begun, with and without the package', async () => {
    const hook = answering();
    const endpoint = await serve({ respond: hook.respond });
    const first = await visit(endpoint, '/page?plain');
    await begin(first, hook);
    const second = await visit(endpoint);
    await second.openThread(thread.id);
    await second.shows('one ');
    hook.say(delta('two three'), done(text));
    hook.end();
    for (const opened of [first, second]) {
      await opened.shows(text);
      expect(await opened.settled()).toEqual(['Question', text]);
    }
    expect(hook.calls).toBe(1);
    expect(second.requests.filter((request) => request.includes('custom_action'))).toEqual([]);
  });

  it('reads a thread again, and not soon after its load, when the end of a run cannot be joined', async () => {
    const hook = answering();
    const endpoint = await serve({ respond: hook.respond });
    const opened = await visit(endpoint);
    await begin(opened, hook);
    await opened.page.route('**/events', async (route) => {
      hook.say(delta('two three'), done(text));
      hook.end();
      await noRuns(endpoint);
      return route.fulfill({ status: 404, json: {} });
    });
    await opened.page.reload();
    const loadedAt = performance.now();
    await opened.shows(text);
    expect(performance.now() - loadedAt).toBeGreaterThan(4900);
    expect(await opened.settled()).toEqual(['Question', text]);
  });
});
