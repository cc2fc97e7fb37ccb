// The gallery of widgets in a browser, served by Vite as to who works on it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { startChromium } from '../chromium';

const root = join(__dirname, '../../..');

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
  close(): Promise<void>;
}

export async function startGallery(): Promise<Gallery> {
  const { address, stop } = await startVite();
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
      await page.goto(`${address}gallery.html${query}`);
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
    async close() {
      await browser.close();
      await stop();
    },
  };
}

/** Vite's development server, on a port that is free. */
async function startVite() {
  const program = join(root, 'node_modules/vite/bin/vite.js');
  const args = [program, 'playground', '--host', '127.0.0.1', '--port', '0', '--logLevel', 'info'];
  const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1' } });
  let printed = '';
  const address = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      printed += chunk.toString();
      const [found] = /http:\/\/127\.0\.0\.1:\d+\//.exec(printed) ?? [];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('exit', () => reject(new Error(`Vite did not start:\n${printed}`)));
  });
  const stop = async () => {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  };
  return { address, stop };
}
