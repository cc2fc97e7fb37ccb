// The gallery of widgets in a browser, served by Vite as to who works on it.
import type { Locator, Page } from 'playwright-core';
import { startVite } from '../../support/vite-server';
import { startChromium } from '../chromium';

export interface Gallery {
  page: Page;
  /** What the browser complained of since the last `open`. */
  complaints: string[];
  /** Loads the page anew. @param query such as `?theme=dark`. */
  open(query?: string): Promise<void>;
  sample(name: string): Locator;
  /** Shows one widget alone. */
  show(widget: unknown): Promise<Locator>;
  /** The actions that were sent, once there are so many. */
  sent(count: number): Promise<{ action: Record<string, unknown>; formData?: Record<string, unknown> }[]>;
  /** Answers the action that waits, where the gallery was opened with `?answers=held`. */
  answer(): Promise<void>;
  close(): Promise<void>;
}

export async function startGallery(): Promise<Gallery> {
  const { origin, stop } = await startVite(['playground']);
  const browser = await startChromium();
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return {
    page,
    complaints,
    async open(query = '') {
      await page.goto('about:blank');
      complaints.length = 0;
      await page.goto(`${origin}/gallery.html${query}`);
      await page.locator('section').first().waitFor();
    },
    sample: (name) => page.locator(`[data-sample="${name}"]`),
    async show(widget) {
      await page.getByLabel('A widget as JSON').fill(JSON.stringify(widget));
      return page.locator('[data-sample="pasted"]');
    },
    async sent(count) {
      await page.waitForFunction(
        (expected) => document.getElementById('sent')?.textContent.split('\n').filter(Boolean).length === expected,
        count,
      );
      const lines = await page.locator('#sent').innerText();
      return lines.split('\n').map((line) => JSON.parse(line));
    },
    answer: () => page.getByRole('button', { name: 'Answer', exact: true }).dispatchEvent('click'),
    async close() {
      await browser.close();
      await stop();
    },
  };
}
