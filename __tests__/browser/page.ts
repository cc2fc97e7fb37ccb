// A page with the stand-in for the official element, in Chromium.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Express } from 'express';
import type { Browser, Page } from 'playwright-core';

const element = readFileSync(join(__dirname, '../support/official-element/element.js'), 'utf8');
/** OpenAI's script, which cannot be loaded in tests. */
const script = 'https://cdn.platform.openai.com/**';

/** The methods of the stand-in that tests call. */
interface StandIn {
  sendUserMessage(message: { text: string; newThread?: boolean }): Promise<void>;
  setThreadId(threadId: string | null): Promise<void>;
  stop(): void;
}

/** Adds a page at `/page`, and an empty one at `/elsewhere`. `?plain` leaves out the fetch of the package. */
export function addPage(app: Express): void {
  app.get('/elsewhere', (_request, response) => void response.type('html').send('<p>Elsewhere</p>'));
  app.get('/page', (_request, response) => {
    response.type('html').send(`<!doctype html>
      <script src="chatkit/browser.js"></script>
      <script src="https://cdn.platform.openai.com/chatkit.js"></script>
      <openai-chatkit></openai-chatkit>
      <script>
        const chatkit = document.querySelector('openai-chatkit');
        const isPlain = location.search === '?plain';
        const ownFetch = isPlain ? undefined : chatkitExpress.chatkitFetch();
        if (!isPlain) chatkitExpress.followRuns(chatkit, ownFetch);
        chatkit.addEventListener('chatkit.thread.change', ({ detail }) => sessionStorage.setItem('thread', detail.threadId));
        chatkit.setOptions({
          api: { url: 'chatkit', fetch: ownFetch, domainKey: 'x' },
          initialThread: sessionStorage.getItem('thread'),
        });
      </script>`);
  });
}

export interface Opened {
  page: Page;
  /** The requests of the page: a method, a path, and the type of the protocol. */
  requests: string[];
  /** The warnings and errors of the page. */
  complaints: string[];
  say(text: string): Promise<void>;
  stop(): Promise<void>;
  /** Opens a thread, and waits until it is there. */
  openThread(id: string): Promise<void>;
  /** Waits until the last answer that is shown contains the text. */
  shows(text: string): Promise<void>;
  /** The texts of the items that are shown, once no stream is under way. */
  settled(): Promise<string[]>;
}

/** Opens a page whose element is the stand-in. */
export async function open(browser: Browser, url: string): Promise<Opened> {
  const context = await browser.newContext();
  await context.route(script, (route) => route.fulfill({ contentType: 'text/javascript', body: element }));
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => {
    const { type } = Object(parse(request.postData())) as { type?: string };
    requests.push([request.method(), new URL(request.url()).pathname, type].filter(Boolean).join(' '));
  });
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  await page.locator('openai-chatkit[data-ready]').waitFor({ state: 'attached' });
  const act = async (action: (found: StandIn, text: string) => unknown, text = '') => {
    await page.locator('openai-chatkit').evaluate(action as never, text);
  };
  return {
    page,
    requests,
    complaints,
    say: (text) => act((found, message) => void found.sendUserMessage({ text: message }), text), // which ends with the answer
    stop: () => act((found) => found.stop()),
    openThread: (id) => act((found, threadId) => found.setThreadId(threadId), id),
    shows: (text) => page.locator('[data-type=assistant_message]').last().filter({ hasText: text }).waitFor(),
    async settled() {
      await page.locator('openai-chatkit[data-ready]:not([data-busy])').waitFor({ state: 'attached' });
      return page.locator('openai-chatkit p').allTextContents();
    },
  };
}

function parse(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return undefined; // the bytes of a file
  }
}
