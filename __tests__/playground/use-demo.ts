// A browser and the example app for the tests of a block, which open the app's playground in it.
import type { Browser } from 'playwright-core';
import { type Demo, startDemo } from '../example-app/demo';
import { startChromium } from './chromium';
import { openPage, type Opened, type OpenOptions } from './open-page';

export interface DemoInBrowser {
  readonly browser: Browser;
  readonly origin: string;
  open(options?: OpenOptions): Promise<Opened>;
}

/** Starts both before the block's tests, and ends them after. `pauseMs` is how long the assistant waits between words. */
export function useDemo(pauseMs?: number): DemoInBrowser {
  let browser: Browser;
  let demo: Demo;
  beforeAll(async () => {
    browser = await startChromium();
    demo = await startDemo(pauseMs);
  });
  afterAll(async () => {
    await browser.close();
    await demo.close();
  });
  return {
    get browser() {
      return browser;
    },
    get origin() {
      return demo.origin;
    },
    open: (options) => openPage(browser, demo.origin, options),
  };
}
