// The list of threads, and what can be done with one.
import { describeInChromium } from './chromium';
import type { Opened } from './open-page';
import { useDemo } from './use-demo';

jest.setTimeout(60_000);

describeInChromium('threads', () => {
  const playground = useDemo();
  let chat: Opened;
  beforeEach(async () => {
    chat = await playground.open();
  });
  afterEach(async () => {
    await chat.close();
    expect(chat.complaints).toEqual([]);
  });

  const list = () => chat.page.getByRole('navigation', { name: 'Threads' });
  const titles = () => list().locator('.thread-open').allInnerTexts();
  const begin = async (text: string) => {
    await chat.page.getByRole('button', { name: 'New thread' }).click();
    await chat.say(text);
    await chat.settled();
  };

  it('are listed newest first, and there again after a reload', async () => {
    await begin('one');
    await begin('two');
    expect(await titles()).toEqual(['two', 'one']);
    await chat.page.reload();
    await list().getByRole('button', { name: 'one', exact: true }).waitFor();
    expect(await titles()).toEqual(['two', 'one']);
  });

  it('stay open over a reload', async () => {
    await begin('one');
    await begin('two');
    await chat.page.reload();
    await chat.page.locator('.user-message').filter({ hasText: 'two' }).waitFor();
    expect(await list().locator('[aria-current="true"]').innerText()).toBe('two');
    await list().getByRole('button', { name: 'one', exact: true }).click();
    await chat.page.locator('.user-message').filter({ hasText: 'one' }).waitFor();
    await chat.page.reload();
    await chat.page.locator('.user-message').filter({ hasText: 'one' }).waitFor();
    await chat.say('more');
    await chat.settled();
    expect(await titles()).toHaveLength(2);
  });

  it('are left for a new one over a reload after a click on "New thread"', async () => {
    await begin('one');
    await chat.page.getByRole('button', { name: 'New thread' }).click();
    await chat.page.reload();
    await list().getByRole('button', { name: 'one', exact: true }).waitFor();
    await chat.page.getByRole('heading', { name: 'What shall the demo show?' }).waitFor();
  });

  it('are opened with everything that was said', async () => {
    await begin('one');
    for (let message = 2; message <= 14; message++) {
      await chat.say(`message ${message}`);
      await chat.settled();
    }
    await begin('other');
    await list().getByRole('button', { name: 'one', exact: true }).click();
    await chat.page.locator('.user-message').filter({ hasText: 'message 14' }).waitFor();
    expect(await chat.page.locator('.user-message').count()).toBe(14);
    // More than a first page: the rest was asked for as the official client does.
    const exchange = await chat.inspect('items.list', 'Request');
    expect(JSON.parse(await exchange.locator('.json').innerText()).params).toMatchObject({ limit: 9999, order: 'asc' });
    expect(await list().locator('[aria-current="true"]').innerText()).toBe('one');
    await chat.look('threads');
  });

  it('are renamed', async () => {
    await begin('plain name');
    await list().getByRole('button', { name: 'Rename plain name' }).click();
    const dialog = chat.page.getByRole('dialog', { name: 'Rename the thread' });
    await dialog.getByLabel('Title').fill('A better name');
    await chat.look('rename');
    await dialog.getByRole('button', { name: 'Rename' }).click();
    await chat.page.getByRole('heading', { name: 'A better name' }).waitFor();
    expect(await titles()).toEqual(['A better name']);
    await chat.page.reload();
    await list().getByRole('button', { name: 'A better name', exact: true }).waitFor();
  });

  it('get their titles from the assistant as well', async () => {
    await begin('title: Chosen by the assistant');
    await chat.page.getByRole('heading', { name: 'Chosen by the assistant' }).waitFor();
    expect(await titles()).toEqual(['Chosen by the assistant']);
  });

  it('are deleted, after a question', async () => {
    await begin('short-lived');
    await list().getByRole('button', { name: 'Delete short-lived' }).click();
    const dialog = chat.page.getByRole('dialog', { name: 'Delete this thread?' });
    await chat.look('delete');
    await chat.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await titles()).toEqual(['short-lived']);
    await list().getByRole('button', { name: 'Delete short-lived' }).click();
    await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
    await list().getByText('No threads yet.').waitFor();
    await chat.page.getByRole('heading', { name: 'What shall the demo show?' }).waitFor();
  });

  it('are not those of another browser', async () => {
    await begin('private');
    const other = await playground.open();
    await other.page.getByText('No threads yet.').waitFor();
    await other.close();
  });
});
