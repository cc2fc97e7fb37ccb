// Answers that fail, as the playground shows them: marked, among the warnings, and with the reason where the server shows it.
import { chatkitMiddleware, type ChatKitOptions, CustomStreamError, MemoryStore } from 'chatkit-express';
import type { Browser } from 'playwright-core';
import { RecordingLogger } from '../support/recording-logger';
import { describeInChromium, startChromium } from './chromium';
import { openPage, type Opened } from './open-page';
import { servePlayground } from './serve';

jest.setTimeout(60_000);

describeInChromium('a failed answer', () => {
  let browser: Browser;
  let chat: Opened;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    await chat.close();
    expect(chat.complaints).toEqual([]);
  });

  /** Opens a playground whose endpoint fails with this error, and says something. */
  async function open(error: Error, options: Partial<ChatKitOptions> = {}) {
    const { origin } = await servePlayground((app) =>
      app.use(
        '/chatkit',
        chatkitMiddleware({
          store: new MemoryStore(),
          logger: new RecordingLogger(),
          // eslint-disable-next-line require-yield -- it fails before its first event
          async *respond() {
            throw error;
          },
          ...options,
        }),
      ),
    );
    chat = await openPage(browser, origin);
    await chat.say('hello');
    await chat.settled();
    return { banner: chat.page.getByRole('alert'), exchange: chat.exchanges('threads.create') };
  }

  const warning = () => chat.page.locator('[data-code="stream_ended_in_error"]');

  it('is marked, counted, and passes the filter for warnings', async () => {
    const { exchange } = await open(new Error('no such table: bread'));
    await exchange.locator('.pill-failed').waitFor();
    expect(await exchange.locator('.exchange-status').getAttribute('data-good')).toBe('false');
    await chat.page.getByRole('img', { name: '1 exchange with warnings' }).waitFor();
    await chat.page.getByLabel('Only with warnings').check();
    await chat.exchanges('threads.list').waitFor({ state: 'detached' });
    expect(await exchange.count()).toBe(1);
  });

  it('says that the log of the server has the reason', async () => {
    const { banner } = await open(new Error('no such table: bread'));
    expect(await banner.innerText()).toMatch(/Something went wrong\.\s+The log of the server has the reason\./);
    await chat.inspect('threads.create');
    expect(await warning().innerText()).toMatch(/server's log.*exposeErrors/);
    await chat.look('failure-hidden');
    expect(await chat.page.content()).not.toContain('bread');
  });

  it('shows the reason and the stack with `exposeErrors`', async () => {
    const { banner } = await open(new Error('no such table: bread'), { exposeErrors: true });
    expect(await banner.innerText()).toMatch(/Something went wrong\.\s+Error: no such table: bread/);
    await chat.inspect('threads.create');
    expect(await warning().innerText()).toMatch(/respond failed, hook: respond, thread_id: thr_.*no such table: bread/);
    expect(await chat.page.locator('.failure pre').innerText()).toMatch(/^Error: no such table: bread\n\s+at /);
    await chat.look('failure-shown');
  });

  it('for the user repeats the words of the application only', async () => {
    const { banner } = await open(new CustomStreamError('Out of words', { allowRetry: true }), { exposeErrors: true });
    expect((await banner.innerText()).replace('Retry', '').trim()).toBe('Out of words');
    await chat.inspect('threads.create');
    expect(await warning().innerText()).toMatch(/"Out of words"/);
  });
});
