// The inspector: what went over the wire, as a person reads it.
import { describeInChromium } from './chromium';
import type { Opened } from './open-page';
import { useDemo } from './use-demo';

jest.setTimeout(60_000);

describeInChromium('the inspector', () => {
  const playground = useDemo();
  let chat: Opened;
  beforeEach(async () => {
    chat = await playground.open();
  });
  afterEach(async () => {
    await chat.close();
    expect(chat.complaints).toEqual([]);
  });

  const rows = () => chat.page.locator('.exchange-type').allInnerTexts();

  it('lists every request with its status, time, bytes and events', async () => {
    await chat.say('hello');
    await chat.settled();
    await chat.page.getByText(/\d+ events/).waitFor();
    expect(await rows()).toEqual(['threads.create', 'threads.list']);
    const facts = await chat.exchanges('threads.create').locator('.exchange-facts').innerText();
    expect(facts).toMatch(/^\d\d:\d\d:\d\d\s+\d+(\.\d+)? m?s\s+\d+(\.\d+)? k?B\s+\d+ events$/);
  });

  it('shows each event, when it came and what it held', async () => {
    await chat.say('notice');
    await chat.settled();
    const exchange = await chat.inspect('threads.create', 'Events');
    const events = exchange.getByRole('list', { name: 'Events' }).getByRole('listitem');
    expect(await events.first().innerText()).toMatch(/^\d+(\.\d+)? m?s\s+thread\.created\s+\d+ B$/);
    const notice = events.filter({ hasText: 'You have used' });
    await notice.locator('summary').click();
    expect(JSON.parse(await notice.locator('.json').innerText())).toEqual({
      type: 'notice',
      level: 'warning',
      message: 'You have used 80% of your **demo** quota.',
    });
    await chat.look('inspector');
  });

  it('has no warnings about this server', async () => {
    for (const text of ['workflow', 'widget', 'sources', 'image', 'effect', 'poem', 'replace', 'hidden']) {
      await chat.say(text);
      await chat.settled();
    }
    await chat.page.getByRole('button', { name: 'workflow', exact: true }).click();
    await chat.exchanges('threads.get_by_id').getByText('200').waitFor();
    expect(await chat.page.locator('.warning-count').count()).toBe(0);
    expect(await chat.page.locator('.badge').count()).toBe(0);
  });

  it('filters by text, by kind and by warnings', async () => {
    await chat.say('a needle in the haystack');
    await chat.settled();
    await chat.page.getByLabel('Filter by text').fill('NEEDLE');
    await chat.exchanges('threads.list').waitFor({ state: 'detached' });
    expect(await rows()).toEqual(['threads.create']);
    await chat.page.getByLabel('Filter by kind').selectOption('JSON');
    await chat.page.getByText('Nothing passes the filter.').waitFor();
    await chat.page.getByLabel('Filter by text').fill('');
    await chat.exchanges('threads.list').waitFor();
    expect(await rows()).toEqual(['threads.list']);
    await chat.page.getByLabel('Only with warnings').check();
    await chat.page.getByText('Nothing passes the filter.').waitFor();
  });

  it('clears the list', async () => {
    await chat.exchanges('threads.list').waitFor();
    await chat.page.getByRole('button', { name: 'Clear the list' }).click();
    await chat.page.getByText('Nothing yet. Say something.').waitFor();
  });

  it('copies a request as a curl command that does the same', async () => {
    await chat.say("it's a test");
    await chat.settled();
    const exchange = await chat.inspect('threads.create', 'Headers');
    const frame = await exchange.locator('.header-table').first().innerText();
    expect(frame).toMatch(/chatkit-frame-instance-id\s+[0-9a-f-]{36}/);
    await exchange.getByRole('button', { name: 'Copy as curl' }).click();
    await exchange.getByRole('button', { name: 'Copied' }).waitFor();
    const command = await chat.page.evaluate(() => navigator.clipboard.readText());
    expect(command).toContain(`curl -sN '${playground.origin}/chatkit'`);
    expect(command).toContain("-H 'accept: text/event-stream'");
    expect(command).toContain(`{"type":"input_text","text":"it'\\''s a test"}`);
  });

  it('sends headers of one’s own', async () => {
    const asked: (string | undefined)[] = [];
    chat.page.on('request', (request) => {
      if (request.method() === 'POST') asked.push(request.headers()['authorization']);
    });
    await chat.page.getByRole('tab', { name: 'Settings' }).click();
    await chat.page.getByLabel('Headers of every request').fill('Authorization: Bearer secret\nnot a header');
    await chat.page.getByText('Sent: authorization.').waitFor();
    await chat.look('settings');
    await chat.say('hello');
    await chat.settled();
    expect(asked).toEqual(['Bearer secret']);
    // What may be secret goes with the tab.
    expect(await chat.page.evaluate(() => JSON.stringify(localStorage))).not.toContain('secret');
  });

  it('is closed and opened, also with the keyboard', async () => {
    const panel = chat.page.getByRole('complementary', { name: 'Inspector' });
    await chat.page.getByRole('button', { name: 'Close the inspector' }).click();
    await panel.waitFor({ state: 'detached' });
    await chat.page.getByRole('button', { name: 'Inspector', exact: true }).press('Enter');
    await panel.waitFor();
    await panel.getByRole('tab', { name: 'Traffic' }).press('ArrowRight');
    expect(await panel.getByRole('tab', { name: 'Handlers' }).getAttribute('aria-selected')).toBe('true');
  });
});
