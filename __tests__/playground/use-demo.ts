// A browser and the example app for the tests of a block, which open the app's playground in it.
import type { Browser } from 'playwright-core';
import { type Demo, startDemo } from '../example-app/demo';
import type { Pace } from '../example-app/pace';
import { startChromium } from './chromium';
import { openPage, type Opened, type OpenOptions } from './open-page';

export interface DemoInBrowser {
  readonly browser: Browser;
  readonly origin: string;
  open(options?: OpenOptions): Promise<Opened>;
}

/** Starts both before the block's tests, and ends them after. `pace` is that of the assistant. Default: no pauses. */
export function useDemo(pace?: Pace): DemoInBrowser {
  let browser: Browser;
  let demo: Demo;
  beforeAll(async () => {
    browser = await startChromium();
    demo = await startDemo(pace);
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
