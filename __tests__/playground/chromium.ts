// A real browser: Debian's Chromium, driven by playwright-core.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core';

const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);

/** What to say where there is no browser: in the name of what is skipped. */
export const noChromium = 'skipped, since there is no Chromium in /usr/bin. On Debian: apt-get install chromium';

/** `describe` where there is a browser; elsewhere the block is skipped, which fails in CI. */
export const describeInChromium = (name: string, tests: () => void) => {
  if (program === undefined) describe.skip(`${name} (${noChromium})`, tests);
  else describe(name, tests);
};

/** A browser of the test's own, with an empty profile; it ends when the context is closed. */
export async function startChromium(options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const profile = mkdtempSync(join(tmpdir(), 'chatkit-express-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    ...options,
    executablePath: program,
    headless: true,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  });
  context.on('close', () => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }));
  return context;
}
