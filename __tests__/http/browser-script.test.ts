// The page's script: GET {mount}/browser.js.
import request from 'supertest';
import { expressVersions, start } from './endpoint';

describe.each(expressVersions)('on Express %i', (version) => {
  it('serves the script to every page, without asking who it is', async () => {
    const { app } = await start({ version, context: () => Promise.reject(new Error('who are you?')) });
    const answer = await request(app).get('/chatkit/browser.js');
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
    });
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    const run = new Function(`${answer.text}; return chatkitExpress;`) as () => object;
    expect(Object.keys(run())).toEqual(['chatkitFetch', 'followRuns']);
    const again = await request(app).get('/chatkit/browser.js').set('if-none-match', answer.headers['etag']!);
    expect(again.status).toBe(304);
  });

  it('answers HEAD, and refuses other methods', async () => {
    const { app } = await start({ version });
    const head = await request(app).head('/chatkit/browser.js');
    expect([head.status, head.text]).toEqual([200, undefined]);
    expect((await request(app).post('/chatkit/browser.js')).status).toBe(405);
  });
});
