// Files in the composer: on their way, there, refused, removed, sent and shown.
import { join } from 'node:path';
import { chatkitMiddleware, MemoryStore } from 'chatkit-express';
import { DiskAttachmentStore } from 'chatkit-express/disk';
import type { Browser } from 'playwright-core';
import { temporaryFolder } from '../support/temporary-folder';
import { describeInChromium, startChromium } from './chromium';
import { openPage, type Opened } from './open-page';
import { type Served, servePlayground } from './serve';

jest.setTimeout(60_000);
const directory = join(temporaryFolder(), 'files');

/** A red dot. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mP8z8BQz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC',
  'base64',
);
const picture = { name: 'dot.png', mimeType: 'image/png', buffer: png };
const words = (name: string, text = 'some words') => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });

describeInChromium('attachments', () => {
  let browser: Browser;
  let served: Served;
  let chat: Opened;
  /** While it is set, the endpoint answers every request with this status. */
  let failing = 0;

  beforeAll(async () => {
    browser = await startChromium();
    const chatkit = chatkitMiddleware({
      store: new MemoryStore(),
      attachmentStore: new DiskAttachmentStore({ directory, owner: () => 'shared' }),
      uploads: { maxBytes: 100_000, accept: ['image/*', 'text/plain'] },
      async *respond({ thread, generateId, input }) {
        thread.title ??= 'Files';
        const text = input?.attachments.map(({ name, mime_type }) => `${name} (${mime_type})`).join(', ') ?? '';
        yield {
          type: 'thread.item.done',
          item: {
            type: 'assistant_message',
            id: generateId('message'),
            thread_id: thread.id,
            created_at: new Date().toISOString(),
            content: [{ text: `I got: ${text}` }],
          },
        };
      },
    });
    served = await servePlayground(
      (app) => {
        app.use('/chatkit', (_request, response, next) => {
          if (failing > 0) response.status(failing).json({ message: 'The disk is full' });
          else next();
        });
        app.use('/chatkit', chatkit);
      },
      { uploads: { maxBytes: 200_000 } },
    );
  });
  afterAll(async () => {
    await browser.close();
    await served.close();
  });
  beforeEach(async () => {
    failing = 0;
    chat = await openPage(browser, served.origin);
  });
  afterEach(() => chat.close());

  const attach = (...files: ReturnType<typeof words>[]) => chat.page.locator('input[type="file"]').setInputFiles(files);
  const draft = (name: string) => chat.page.locator('.draft').filter({ hasText: name });
  const uploaded = (name: string) =>
    chat.page.locator('.draft[data-state="uploaded"]').filter({ hasText: name }).waitFor();
  const naturalWidth = (selector: string) =>
    chat.page.locator(selector).evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth));

  it.each([
    ['two_phase', 'PUT', ['upload', 'attachments.create']],
    ['direct', 'POST', ['upload']],
  ])('are sent by the strategy %s, and shown with a preview', async (strategy, method, types) => {
    await chat.page.getByRole('tab', { name: 'Settings' }).click();
    await chat.page.getByLabel('Uploads').selectOption(strategy);
    await chat.page.getByRole('tab', { name: 'Traffic' }).click();
    await attach(picture, words('notes.txt'));
    await uploaded('dot.png');
    await uploaded('notes.txt');
    expect(await naturalWidth('.draft img')).toBe(10);
    const listed = await chat.page.locator('.exchange-type').allInnerTexts();
    expect(listed.filter((type) => type !== 'threads.list').sort()).toEqual([...types, ...types].sort());
    const exchange = await chat.inspect('upload', 'Headers');
    expect(await exchange.locator('.headers').innerText()).toMatch(new RegExp(`^${method} .*chatkit`));
    expect(await exchange.locator('.headers').innerText()).toContain('chatkit-frame-instance-id');
    await chat.look(`attachments-${strategy}`);

    await chat.say('look at these');
    await chat.lastTurn().getByText('I got: dot.png (image/png), notes.txt (text/plain)').waitFor();
    await chat.settled();
    expect(await chat.page.locator('.draft').count()).toBe(0);
    await chat.lastTurn().getByText('notes.txt', { exact: true }).waitFor();
    expect(await naturalWidth('.attachment-image')).toBe(10);
    await chat.page.reload();
    await chat.page.getByRole('button', { name: 'Files', exact: true }).first().click();
    expect(await naturalWidth('.attachment-image')).toBe(10);
    await chat.look(`attachments-${strategy}-sent`);
    expect(await chat.page.locator('.warning-count').count()).toBe(0);
    expect(chat.complaints).toEqual([]);
  });

  it('show how far they are', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await chat.page.route(/\/chatkit\/upload/, async (route) => {
      await held;
      await route.continue();
    });
    await attach(words('slow.txt'));
    await chat.page.getByRole('progressbar', { name: 'Upload of slow.txt' }).waitFor();
    await chat.page.getByRole('textbox', { name: 'Message', exact: true }).fill('wait');
    expect(await chat.page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true);
    release();
    await uploaded('slow.txt');
    expect(await chat.page.getByRole('button', { name: 'Send' }).isEnabled()).toBe(true);
  });

  it('can be sent without words', async () => {
    await attach(words('alone.txt'));
    await uploaded('alone.txt');
    await chat.page.getByRole('button', { name: 'Send' }).click();
    await chat.lastTurn().getByText('I got: alone.txt').waitFor();
  });

  it('are removed, from the server as well', async () => {
    await attach(words('gone.txt'));
    await uploaded('gone.txt');
    await chat.page.getByRole('button', { name: 'Remove gone.txt' }).click();
    expect(await draft('gone.txt').count()).toBe(0);
    await chat.exchanges('attachments.delete').getByText('200').waitFor();
  });

  it('are refused in the server’s words, and do not stand in the way of the message', async () => {
    await attach({ name: 'program.exe', mimeType: 'application/octet-stream', buffer: Buffer.from('MZ') });
    await draft('program.exe').getByRole('alert').waitFor();
    await chat.look('attachment-refused');
    await chat.say('without it');
    await chat.lastTurn().getByText('I got:', { exact: true }).waitFor();
  });

  it('are not sent at all when they are too large for the page', async () => {
    await attach(words('large.txt', 'x'.repeat(200_001)));
    await draft('large.txt').getByText('Larger than 200,000 bytes').waitFor();
    expect(await chat.exchanges('attachments.create').count()).toBe(0);
  });

  it('are uploaded again when they failed', async () => {
    failing = 503;
    await attach(words('again.txt'));
    await draft('again.txt').getByText('The disk is full').waitFor();
    failing = 0;
    await chat.page.getByRole('button', { name: 'Upload again.txt again' }).click();
    await uploaded('again.txt');
  });

  it('are still there when the message is refused', async () => {
    await attach(words('kept.txt'));
    await uploaded('kept.txt');
    failing = 403;
    await chat.page.getByRole('textbox', { name: 'Message', exact: true }).fill('not now');
    await chat.page.getByRole('button', { name: 'Send' }).click();
    await chat.page.getByRole('status').getByText('The disk is full').waitFor();
    failing = 0;
    await uploaded('kept.txt');
    await chat.page.getByRole('button', { name: 'Send' }).click();
    await chat.lastTurn().getByText('I got: kept.txt').waitFor();
  });

  it.each(['drop', 'paste'])('can be given by %s', async (way) => {
    await chat.page.evaluate((type) => {
      const data = new DataTransfer();
      data.items.add(new File(['some words'], 'given.txt', { type: 'text/plain' }));
      const field = document.querySelector('.composer textarea');
      const init = { bubbles: true, cancelable: true };
      field?.dispatchEvent(
        type === 'drop'
          ? new DragEvent('drop', { ...init, dataTransfer: data })
          : new ClipboardEvent('paste', { ...init, clipboardData: data }),
      );
    }, way);
    await uploaded('given.txt');
  });

  it('have names that are only shown', async () => {
    const name = '<img src=x onerror=globalThis.ran=1>.txt';
    await attach(words(name));
    await uploaded(name);
    await chat.page.getByRole('button', { name: 'Send' }).click();
    await chat.page.locator('.attachment-name').waitFor();
    await chat.settled();
    expect(await chat.page.locator('img[src="x"]').count()).toBe(0);
    expect(await chat.page.evaluate(() => 'ran' in globalThis)).toBe(false);
  });
});
