// The example's React page in Chromium, with the stand-in for the official element.
import type { Browser } from 'playwright-core';
import { startDemo, type Demo } from '../example-app/demo';
import { Pace } from '../example-app/pace';
import { describeInChromium, startChromium } from '../playground/chromium';
import { startVite, type ViteServer } from '../support/vite-server';
import { open } from './page';

describeInChromium('the React page of the example', () => {
  let browser: Browser;
  let demo: Demo;
  let vite: ViteServer;
  const pace = new Pace(2);

  beforeAll(async () => {
    [browser, demo] = await Promise.all([startChromium(), startDemo(pace)]);
    vite = await startVite(['--config', 'example-app/web/vite.config.ts'], { CHATKIT_ORIGIN: demo.origin });
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await vite.stop();
    await demo.close();
  });

  it('joins its answer after a reload, and Stop ends an answer that was joined', async () => {
    const opened = await open(browser, vite.origin);
    pace.hold(40); // after a third
    await opened.say('stream');
    await opened.shows('every word');
    const followed = opened.page.waitForRequest('**/events');
    await opened.page.reload();
    await followed;
    pace.goOn();
    await opened.shows('the story ends here');
    const [question, answer, ...others] = await opened.settled();
    expect([question, answer!.match(/A server got a question/g), others]).toEqual(['stream', [expect.anything()], []]);
    const runs = (part: string) => opened.requests.filter((request) => request.includes(part));
    expect(runs('threads.create')).toHaveLength(1);
    expect(runs('/events')).toHaveLength(1);
    expect(runs('runs/stop')).toEqual([]);

    pace.hold(40);
    await opened.say('stream');
    await opened.page.locator('[data-type=assistant_message]').nth(1).filter({ hasText: 'A server' }).waitFor();
    await opened.page.reload();
    await opened.page.locator('openai-chatkit[data-busy]').waitFor({ state: 'attached' });
    await opened.page.locator('[data-type=assistant_message]').nth(1).filter({ hasText: 'every word' }).waitFor();
    const stopped = opened.page.waitForRequest('**/runs/stop');
    await opened.stop();
    await stopped;
    expect((await opened.settled()).at(-1)).not.toContain('the story ends here');
    expect(opened.complaints).toEqual([]);
    await opened.page.context().close();
  }, 60_000);
});
