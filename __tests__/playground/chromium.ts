// A real browser: Debian's Chromium, driven by playwright-core.
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);

/** What to say where there is no browser: in the name of what is skipped. */
const noChromium = 'skipped, since there is no Chromium in /usr/bin. On Debian: apt-get install chromium';

/** `describe` where there is a browser; elsewhere the block is skipped, which fails in CI. */
export const describeInChromium = (name: string, tests: () => void) => {
  if (program === undefined) describe.skip(`${name} (${noChromium})`, tests);
  else describe(name, tests);
};

/** A browser of the test's own, with an empty profile that goes with it. */
export async function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: program,
    headless: true,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      // A microphone that beeps, and nobody to ask whether it may be used.
      ...['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
    ],
  });
}
