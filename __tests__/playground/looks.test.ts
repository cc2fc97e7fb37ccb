// The page in light and dark, on a phone, under any path, and with servers that go wrong.
import express from 'express';
import { chatkitPlayground } from 'chatkit-express/playground';
import { describeInChromium } from './chromium';
import { openPage } from './open-page';
import { serve, servePlayground } from './serve';
import { useDemo } from './use-demo';

jest.setTimeout(60_000);

describeInChromium('the page', () => {
  const playground = useDemo();

  it('is dark where the system is, and light when it is told so', async () => {
    const chat = await playground.open({ colorScheme: 'dark' });
    const background = () => chat.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const themed = (theme: string) => chat.page.locator(`html[data-theme="${theme}"]`).waitFor();
    for (const text of ['workflow', 'widget', 'notice']) {
      await chat.say(text);
      await chat.settled();
    }
    await chat.look('dark');
    const dark = await background();
    await chat.page.getByRole('button', { name: 'Theme: as the system' }).click();
    await themed('light');
    expect(await background()).not.toBe(dark);
    await chat.page.reload();
    await chat.page.getByRole('button', { name: 'Theme: light' }).click();
    await themed('dark');
    expect(await background()).toBe(dark);
    await chat.close();
    expect(chat.complaints).toEqual([]);
  });

  it('fits a phone', async () => {
    const chat = await playground.open({ viewport: { width: 375, height: 720 } });
    const wide = () =>
      chat.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(await chat.page.getByRole('complementary', { name: 'Inspector' }).count()).toBe(0);
    await chat.look('phone-start');
    await chat.say('widget');
    await chat.settled();
    await chat.say('chart');
    await chat.settled();
    await chat.page.locator('.ckw-plot').waitFor();
    expect(await wide()).toBe(0);
    // The end is in view although the chart came after its widget.
    await chat.page.getByRole('button', { name: 'To the end of the conversation' }).waitFor({ state: 'detached' });
    await chat.look('phone-chat');
    await chat.page.getByRole('button', { name: 'Inspector', exact: true }).click();
    await chat.page.getByRole('complementary', { name: 'Inspector' }).waitFor();
    await chat.inspect('threads.create');
    expect(await wide()).toBe(0);
    await chat.look('phone-inspector');
    await chat.page.getByRole('button', { name: 'Close the inspector' }).click();
    await chat.page.getByRole('button', { name: 'Threads' }).click();
    await chat.page.getByRole('navigation', { name: 'Threads' }).waitFor();
    await chat.look('phone-threads');
    await chat.page.keyboard.press('Escape');
    await chat.page.getByRole('navigation', { name: 'Threads' }).waitFor({ state: 'hidden' });
    await chat.close();
    expect(chat.complaints).toEqual([]);
  });

  it.each(['/chatkit/playground', '/chatkit/playground/', '/deep/er/pg'])('works at %s', async (path) => {
    const app = express();
    const asked: string[] = [];
    app.use(path.replace(/\/$/, ''), chatkitPlayground({ url: '/chatkit' }));
    app.post('/chatkit', express.json(), (request, response) => {
      asked.push((request.body as { type: string }).type);
      response.json({ data: [], has_more: false });
    });
    const served = await serve(app);
    const chat = await openPage(playground.browser, served.origin, { path });
    await chat.page.getByText('No threads yet.').waitFor();
    expect(asked).toEqual(['threads.list']);
    await chat.close();
    await served.close();
    expect(chat.complaints).toEqual([]);
  });

  it('works before an endpoint of another origin', async () => {
    const other = express();
    other.use((request, response, next) => {
      response.set({
        'access-control-allow-origin': '*',
        'access-control-allow-headers': request.get('access-control-request-headers') ?? '',
      });
      if (request.method === 'OPTIONS') response.end();
      else next();
    });
    other.post('/api', (_request, response) => {
      response.json({ data: [], has_more: false });
    });
    const endpoint = await serve(other);
    const served = await servePlayground(() => undefined, { url: `${endpoint.origin}/api` });
    const chat = await openPage(playground.browser, served.origin);
    await chat.page.getByText('No threads yet.').waitFor();
    await chat.close();
    await served.close();
    await endpoint.close();
    expect(chat.complaints).toEqual([]);
  });

  it('warns of what the official client would trip over', async () => {
    const served = await servePlayground((app) => {
      app.post('/chatkit', express.json(), (request, response) => {
        const { type } = request.body as { type: string };
        if (type === 'threads.list') {
          response.json({ data: [], has_more: false });
          return;
        }
        const event = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
        const time = { created_at: '2026-01-02T03:04:05Z', status: { type: 'active' }, metadata: {} };
        response.type('text/event-stream').set('cache-control', 'no-transform');
        response.write(event({ type: 'thread.created', thread: { id: 'thr_1', ...time } }));
        response.write('data: [DONE]\n\n');
        response.end(event({ type: 'stream_options', stream_options: { allow_cancel: true } }));
      });
    });
    const chat = await openPage(playground.browser, served.origin);
    await chat.page.getByRole('textbox', { name: 'Message', exact: true }).fill('hello');
    await chat.page.getByRole('button', { name: 'Send' }).click();
    await chat.page.getByRole('img', { name: '1 exchange with warnings' }).waitFor();
    const exchange = await chat.inspect('threads.create');
    const warnings = exchange.getByRole('list', { name: 'Warnings' });
    await warnings.getByText('the message disappears from the official client').waitFor();
    await warnings.getByText('A frame is not JSON: [DONE]').waitFor();
    expect(await exchange.locator('.event[data-warned="true"]').innerText()).toContain('[DONE]');
    await chat.look('warnings');
    await chat.page.getByLabel('Only with warnings').check();
    await chat.exchanges('threads.list').waitFor({ state: 'detached' });
    await chat.close();
    await served.close();
    expect(chat.complaints).toEqual([]);
  });

  it('posts a stream again that was answered 500, and says so', async () => {
    let posted = 0;
    const served = await servePlayground((app) => {
      app.post('/chatkit', express.json(), (request, response) => {
        const { type } = request.body as { type: string };
        if (type === 'threads.list') response.json({ data: [], has_more: false });
        else if (++posted === 1) response.status(500).json({ message: 'broken' });
        else response.status(404).json({ message: 'Gone for good' });
      });
    });
    const chat = await openPage(playground.browser, served.origin);
    await chat.say('hello');
    await chat.page.getByText('the server answered 500').waitFor();
    await chat.page.getByText('attempt 2', { exact: true }).waitFor();
    await chat.page.getByRole('status').getByText('Gone for good').waitFor();
    expect(posted).toBe(2);
    // What was refused is back in the composer.
    const field = chat.page.getByRole('textbox', { name: 'Message', exact: true });
    expect(await field.inputValue()).toBe('hello');
    await chat.look('refused');
    await chat.close();
    await served.close();
    expect(chat.complaints.filter((text) => !text.startsWith('Failed to load resource'))).toEqual([]);
  });

  it('shows items that are not made as their types say', async () => {
    const base = { thread_id: 'thr_1', created_at: '2026-01-02T03:04:05Z' };
    const items = [
      { ...base, id: 'a', type: 'assistant_message' },
      { ...base, id: 'b', type: 'workflow', workflow: 7 },
      { ...base, id: 'c', type: 'task' },
      { ...base, id: 'd', type: 'widget', widget: null },
      { ...base, id: 'e', type: 'user_message', content: [{ type: 'input_text', text: 'still here' }] },
    ];
    const thread = { id: 'thr_1', title: 'Broken', created_at: base.created_at, status: { type: 'active' } };
    const served = await servePlayground((app) => {
      app.post('/chatkit', express.json(), (request, response) => {
        const { type } = request.body as { type: string };
        if (type === 'threads.list') response.json({ data: [thread], has_more: false });
        else response.json({ ...thread, items: { data: items, has_more: false } });
      });
    });
    const chat = await openPage(playground.browser, served.origin);
    await chat.page.getByRole('button', { name: 'Broken', exact: true }).click();
    await chat.page.getByText('still here').waitFor();
    await chat.page.getByText('This task cannot be shown').waitFor();
    await chat.close();
    await served.close();
  });

  it('leads to the official element, which says so when its script cannot be loaded', async () => {
    const chat = await playground.open();
    await chat.context.route('https://cdn.platform.openai.com/**', (route) => route.abort());
    await chat.page.getByRole('link', { name: 'Official element' }).click();
    await chat.page.getByRole('heading', { name: 'ChatKit could not be loaded' }).waitFor();
    await chat.page.getByText('The server is running all the same').waitFor();
    await chat.page.getByRole('link', { name: 'playground' }).click();
    await chat.page.getByRole('heading', { name: 'What shall the demo show?' }).waitFor();
    await chat.close();
  });
});
