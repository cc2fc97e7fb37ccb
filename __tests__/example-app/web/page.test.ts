// The React page in a browser. OpenAI's script is stood in for by an element that keeps what the page gives it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import multer from 'multer';
import type { Browser, Page } from 'playwright-core';
import { startVite, type ViteServer } from '../../support/vite-server';
import { describeInChromium, startChromium } from '../../playground/chromium';

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const element = readFileSync(join(__dirname, 'element.js'), 'utf8');
const script = 'https://cdn.platform.openai.com/**';

/** The official element, as the page filled it. */
interface StandIn extends HTMLElement {
  options: {
    theme: unknown;
    startScreen: unknown;
    initialThread: unknown;
    onClientTool(call: object): unknown;
    entities: { onTagSearch(query: string): Promise<{ title: string }[]>; onRequestPreview(entity: object): unknown };
    widgets: { onAction(action: object, item: object): Promise<void> };
  };
  given: { composer: unknown[] };
}

describeInChromium('the React page of the example', () => {
  let vite: ViteServer;
  let upstream: Server;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  /** What the server answers to a recording. */
  let transcription: { status: number; body: object };
  let recordings: { type: string; bytes: number; field: string }[];

  beforeAll(async () => {
    const app = express();
    app.get('/chatkit', (_request, response) => void response.json({ status: 'ok' }));
    app.get(
      '/keywords',
      (_request, response) => void response.json([{ keyword: 'widget', about: 'A widget', icon: 'cube' }]),
    );
    app.post('/chatkit/transcribe', multer().any(), (request, response) => {
      const files = request.files as Express.Multer.File[];
      recordings.push(
        ...files.map(({ mimetype, size, fieldname }) => ({ type: mimetype, bytes: size, field: fieldname })),
      );
      response.status(transcription.status).json(transcription.body);
    });
    upstream = createServer(app).listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    vite = await startVite(['--config', 'example-app/web/vite.config.ts'], { CHATKIT_ORIGIN: origin });
    browser = await startChromium();
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await vite.stop();
    upstream.closeAllConnections();
    upstream.close();
  });

  beforeEach(async () => {
    complaints = [];
    recordings = [];
    transcription = { status: 200, body: { text: 'what I said' } };
    const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, permissions: ['microphone'] });
    page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
  });

  afterEach(async () => {
    await page.context().close();
    expect(complaints).toEqual([]);
  });

  const withElement = async () => {
    await page.route(script, (route) => route.fulfill({ contentType: 'text/javascript', body: element }));
    await page.goto(vite.origin);
    await page.waitForFunction(() => document.querySelector<StandIn>('openai-chatkit')?.options !== undefined);
  };

  const graveFindings = async () => {
    await page.evaluate(axe);
    return page.evaluate(async () => {
      interface Results {
        violations: { impact: string; id: string; nodes: { html: string }[] }[];
      }
      const { axe } = globalThis as unknown as { axe: { run(): Promise<Results> } };
      const { violations } = await axe.run();
      const grave = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
      return grave.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
    });
  };

  it('says plainly that the element could not be loaded, and whether the server is there', async () => {
    await page.route(script, (route) => route.abort());
    await page.goto(vite.origin);
    await page.getByRole('heading', { name: 'The chat window could not be loaded' }).waitFor();
    await page.getByText('Your server is there: /chatkit has just answered.').waitFor();
    expect(await graveFindings()).toEqual([]);
    expect(complaints.splice(0)).toEqual([expect.stringContaining('net::ERR_FAILED')]);
  });

  it('puts the chat into each place without taking the element out of the page', async () => {
    await withElement();
    const chat = page.getByRole('dialog', { name: 'Chat' });
    for (const place of ['sidebar', 'modal', 'floating', 'panel']) {
      await page.getByLabel(place).check();
      await page.locator(`dialog[data-place=${place}][open]`).waitFor();
      expect(await chat.evaluate((dialog) => dialog.matches(':modal'))).toBe(place === 'modal');
      expect(await graveFindings()).toEqual([]);
      if (place === 'panel') continue;
      if (place === 'modal') await page.keyboard.press('Escape');
      else await chat.getByRole('button', { name: 'Close' }).click();
      await chat.waitFor({ state: 'hidden' });
      await page.getByRole('button', { name: 'Open the chat' }).click();
      await chat.waitFor();
      if (place === 'modal') await page.keyboard.press('Escape');
    }
    expect(await page.evaluate(() => (globalThis as { connections?: number }).connections)).toBe(1);
  });

  it('offers what the server lists', async () => {
    await withElement();
    const shown = await page.locator('openai-chatkit').evaluate((found) => (found as StandIn).options.startScreen);
    expect(shown).toMatchObject({ prompts: [{ label: 'A widget', prompt: 'widget', icon: 'cube' }] });
  });

  it('gives the element its theme, and a new one when it changes', async () => {
    await page.emulateMedia({ colorScheme: 'light' });
    await withElement();
    const theme = () => page.locator('openai-chatkit').evaluate((found) => (found as StandIn).options.theme);
    expect(await theme()).toMatchObject({ colorScheme: 'light', color: { accent: { primary: '#2563eb' } } });
    await page.getByRole('button', { name: 'Dark theme' }).click();
    await page.waitForFunction(() =>
      JSON.stringify((document.querySelector('openai-chatkit') as StandIn).options.theme).includes('"dark"'),
    );
    expect(await graveFindings()).toEqual([]);
  });

  it('answers client tools, finds mentions, and hears of widget actions and effects', async () => {
    await withElement();
    const answers = await page.locator('openai-chatkit').evaluate(async (found) => {
      const { options } = found as StandIn;
      await options.widgets.onAction({ type: 'show_in_page', payload: { chosen: 'lemon' } }, { id: 'wig_1' });
      const data = { colour: '#c026d3' };
      found.dispatchEvent(new CustomEvent('chatkit.effect', { detail: { name: 'change_colour', data } }));
      return [
        await options.onClientTool({ name: 'get_page_title', params: {} }),
        await options.onClientTool({ name: 'constructor', params: {} }),
        (await options.entities.onTagSearch('comp')).map(({ title }) => title),
        await options.entities.onRequestPreview({ id: 'person_nobody', title: 'Nobody' }),
      ];
    });
    expect(answers).toEqual([
      { title: 'chatkit-express with React' },
      { error: 'This page has no tool constructor' },
      ['Grace'],
      { preview: null },
    ]);
    await page.getByText('Widget action show_in_page of wig_1 {"chosen":"lemon"}').waitFor();
    await page.getByText('Effect change_colour').waitFor();
    await page.waitForFunction(() => document.documentElement.style.getPropertyValue('--accent') === '#c026d3');
  });

  it('opens the last thread again', async () => {
    await withElement();
    await page
      .locator('openai-chatkit')
      .evaluate((found) =>
        found.dispatchEvent(new CustomEvent('chatkit.thread.change', { detail: { threadId: 'thr_7' } })),
      );
    await withElement();
    const thread = await page.locator('openai-chatkit').evaluate((found) => (found as StandIn).options.initialThread);
    expect(thread).toBe('thr_7');
  });

  it('records, has the recording transcribed and writes the words into the composer', async () => {
    await withElement();
    await page.getByRole('button', { name: 'Speak' }).click();
    await page.getByRole('button', { name: 'Stop and write', pressed: true }).click();
    await page.getByText('You said what I said').waitFor();
    expect(recordings).toEqual([
      { type: expect.stringMatching(/^audio\/webm/), bytes: expect.any(Number), field: 'file' },
    ]);
    expect(recordings[0]!.bytes).toBeGreaterThan(0);
    const { composer } = await page.locator('openai-chatkit').evaluate((found) => (found as StandIn).given);
    expect(composer).toEqual([{ text: 'what I said' }]);
  });

  it('tells why a recording was not transcribed, and is ready for the next', async () => {
    transcription = { status: 501, body: { message: 'There is no transcribe hook' } };
    await withElement();
    await page.getByRole('button', { name: 'Speak' }).click();
    await page.getByRole('button', { name: 'Stop and write' }).click();
    await page.getByText('There is no transcribe hook').waitFor();
    await page.getByRole('button', { name: 'Speak' }).waitFor();
    expect(complaints.splice(0)).toEqual([expect.stringContaining('501')]);
  });
});
