// The playground in a browser: opens it, says things, and hears what the browser complains of.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const pictures = join(__dirname, '../../artefacts/screenshots');

export interface Opened {
  page: Page;
  context: BrowserContext;
  /** What the browser complained of: errors, warnings, and what the page's policy forbade. */
  complaints: string[];
  /** Writes a message and sends it. */
  say(text: string): Promise<void>;
  /** Waits until no stream is under way. */
  settled(): Promise<void>;
  /** The last turn of the conversation. */
  lastTurn(): Locator;
  /** The exchanges of a type in the inspector, newest first. */
  exchanges(type: string): Locator;
  /** Opens the newest exchange of a type, and one of its tabs. */
  inspect(type: string, tab?: 'Events' | 'Answer' | 'Request' | 'Headers'): Promise<Locator>;
  /** Keeps a picture, and looks for what axe finds serious or critical in what is shown. */
  look(name: string): Promise<void>;
  close(): Promise<void>;
}

export interface OpenOptions {
  viewport?: { width: number; height: number };
  colorScheme?: 'light' | 'dark';
  /** The page's path. Default `/`. */
  path?: string;
}

/** Opens the page as somebody who has never been there. */
export async function openPage(browser: Browser, origin: string, options: OpenOptions = {}): Promise<Opened> {
  const { viewport = { width: 1440, height: 900 }, colorScheme = 'light', path = '/' } = options;
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce', acceptDownloads: false });
  await context.grantPermissions(['microphone', 'clipboard-read', 'clipboard-write'], { origin });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(origin + path);
  const field = page.getByRole('textbox', { name: 'Message', exact: true });
  await field.waitFor();

  const exchanges: Opened['exchanges'] = (type) => page.locator(`.exchange[data-type="${type}"]`);
  const settled = async () => {
    await page.locator('.turns[aria-busy="false"]').waitFor();
  };
  return {
    page,
    context,
    complaints,
    exchanges,
    settled,
    async say(text) {
      await field.fill(text);
      await field.press('Enter');
      await page.locator('.user-message').filter({ hasText: text }).last().waitFor();
    },
    lastTurn: () => page.locator('.turn').last(),
    async inspect(type, tab) {
      const exchange = exchanges(type).first();
      if ((await exchange.getAttribute('data-open')) !== 'true') await exchange.locator('.exchange-head').click();
      if (tab) await exchange.getByRole('tab', { name: tab }).click();
      return exchange;
    },
    async look(name) {
      mkdirSync(pictures, { recursive: true });
      await page.screenshot({ path: join(pictures, `${name}.png`), animations: 'disabled' });
      expect(await graveFindings(page)).toEqual([]);
    },
    close: () => context.close(),
  };
}

/** What axe finds serious or critical, as the rule and the element. */
async function graveFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    interface Violation {
      impact: string;
      id: string;
      nodes: { html: string; failureSummary: string }[];
    }
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`));
  });
}
