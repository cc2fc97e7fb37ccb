// The example's page in Chromium, behind nginx under a path of its own. The element is the stand-in.
import type { Browser } from 'playwright-core';
import { startDemo, type Demo } from '../example-app/demo';
import { Pace } from '../example-app/pace';
import { describeInChromium, startChromium } from '../playground/chromium';
import { findNginx, noNginx, type Nginx, startNginx } from '../support/nginx';
import { open } from './page';

const describeHere = findNginx() ? describeInChromium : describe.skip;

describeHere(`the example's page behind nginx${findNginx() ? '' : `: ${noNginx}`}`, () => {
  let browser: Browser;
  let demo: Demo;
  let nginx: Nginx;
  const pace = new Pace(2);

  beforeAll(async () => {
    [browser, demo] = await Promise.all([startChromium(), startDemo(pace)]);
    nginx = await startNginx(
      (port) => `server {
        listen 127.0.0.1:${port};
        location /tools/chat/ {
          proxy_pass ${demo.origin}/;
          proxy_http_version 1.1;
          proxy_set_header Connection "";
          proxy_set_header Host $http_host;
          proxy_buffering off;
        }
      }`,
    );
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await nginx.stop();
    await demo.close();
  });

  it('after a reload shows the rest without a click, and Stop ends the answer', async () => {
    const opened = await open(browser, `${nginx.origin}/tools/chat/official/`);
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
    const messages = opened.requests.filter((request) => request.includes('threads.create'));
    expect(messages).toEqual(['POST /tools/chat/chatkit threads.create']);
    expect(opened.requests).toEqual(
      expect.arrayContaining([
        'GET /tools/chat/chatkit/browser.js',
        'GET /tools/chat/chatkit/runs',
        expect.stringMatching(/^GET \/tools\/chat\/chatkit\/runs\/run_[\w-]+\/events$/),
      ]),
    );

    pace.hold(5);
    await opened.say('stream');
    await opened.page.locator('[data-type=assistant_message]').nth(1).filter({ hasText: 'A server' }).waitFor();
    const threadId = await opened.page.locator('openai-chatkit').getAttribute('data-thread');
    await opened.stop();
    await opened.page.waitForFunction(async (id) => {
      const response = await fetch(`../chatkit/runs?thread_id=${id!}`);
      const { data } = (await response.json()) as { data: unknown[] };
      return data.length === 0;
    }, threadId);
    expect(opened.requests).toContain('POST /tools/chat/chatkit/runs/stop');
    expect((await opened.settled()).at(-1)).not.toContain('the story ends here');
    expect(opened.complaints).toEqual([]);
    await opened.page.context().close();
  }, 40_000);
});
