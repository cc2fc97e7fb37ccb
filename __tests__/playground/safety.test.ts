// Nothing that comes over the wire executes, wherever it is shown.
import { type HookEventInput, MemoryStore, chatkitMiddleware } from 'chatkit-express';
import type { Browser } from 'playwright-core';
import { describeInChromium, startChromium } from './chromium';
import { openPage, type Opened } from './open-page';
import { type Served, servePlayground } from './serve';

jest.setTimeout(60_000);

const run = 'globalThis.ran=(globalThis.ran||0)+1';
const tag = `<script>${run}</script><img src=x onerror="${run}"><svg onload="${run}"><iframe srcdoc="<script>parent.${run}</script>">`;
const link = `javascript:${run}`;
const attribute = `" onmouseover="${run}" autofocus onfocus="${run}" x="`;

const markdown = [
  tag,
  `[click](${link})`,
  `[click](java\tscript:${run})`,
  `[click](<${link}>)`,
  `<a href="${link}">click</a>`,
  `![x](${link})`,
  `![x" onerror="${run}](https://a.test/x.png)`,
  `[x](https://a.test "${attribute}")`,
  `[data](data:text/html;base64,${Buffer.from(`<script>${run}</script>`).toString('base64')})`,
  `\`\`\`"><script>${run}</script>\n${tag}\n\`\`\``,
  `<style>*{display:none!important}</style><form action="https://a.test"><input name=x></form><base href="https://a.test">`,
  `| ${tag} |\n|---|\n| ${tag} |`,
  `<https://a.test/${attribute}>`,
].join('\n\n');

describeInChromium('what comes over the wire', () => {
  let browser: Browser;
  let served: Served;
  let chat: Opened;

  beforeAll(async () => {
    browser = await startChromium();
    const chatkit = chatkitMiddleware({
      store: new MemoryStore(),
      async *respond({ thread, generateId, input }) {
        thread.title = `${tag}${attribute}`;
        const item = () => ({ id: generateId('message'), thread_id: thread.id, created_at: new Date().toISOString() });
        const source = { type: 'url' as const, title: tag, url: link, attribution: tag };
        const file = { type: 'file' as const, title: attribute, filename: tag };
        const events: HookEventInput[] = [
          { type: 'notice', level: 'info', title: tag, message: markdown },
          { type: 'progress_update', text: tag, icon: `lucide:${attribute}` },
          {
            type: 'thread.item.done',
            item: {
              ...item(),
              type: 'assistant_message',
              content: [
                {
                  text: markdown,
                  annotations: [
                    { source, index: 3 },
                    { source: file, index: 9 },
                  ],
                },
              ],
            },
          },
          {
            type: 'thread.item.done',
            item: {
              ...item(),
              type: 'workflow',
              workflow: {
                type: 'custom',
                expanded: true,
                summary: { title: tag },
                tasks: [
                  { type: 'web_search', title: tag, queries: [tag, attribute], sources: [source] },
                  { type: 'custom', title: attribute, content: markdown },
                  { type: 'thought', title: tag, content: markdown },
                ],
              },
            },
          },
          { type: 'thread.item.done', item: { ...item(), type: 'generated_image', image: { id: 'i', url: link } } },
          {
            type: 'thread.item.done',
            item: {
              ...item(),
              type: 'generated_image',
              image: { id: 'j', url: `data:text/html,<script>${run}</script>` },
            },
          },
          {
            type: 'thread.item.done',
            item: {
              ...item(),
              type: 'widget',
              widget: {
                type: 'Card',
                background: `url(${link})`,
                children: [
                  { type: 'Image', src: link, alt: attribute },
                  { type: 'Markdown', value: markdown },
                  { type: 'Text', value: tag },
                  { type: 'Title', value: attribute },
                  { type: 'Button', label: tag, iconStart: `lucide:${attribute}`, onClickAction: { type: tag } },
                ],
              },
            },
          },
          { type: 'client_effect', name: tag, data: { colour: `red;background:url(${link})`, html: tag } },
          {
            type: 'thread.item.done',
            item: {
              ...item(),
              type: 'structured_input',
              inputs: [
                { type: 'multiple_choice', id: tag, question: tag, options: [{ value: attribute }] },
                { type: 'freeform', id: attribute, question: attribute, description: tag },
              ],
            },
          },
        ];
        yield* events;
        if (input?.content.some((part) => part.text.includes('lock'))) thread.status = { type: 'locked', reason: tag };
      },
    });
    served = await servePlayground((app) => app.use('/chatkit', chatkit), {
      title: tag,
      greeting: tag,
      prompts: [{ label: tag, prompt: tag }],
      entities: [{ id: tag, title: tag, group: tag }],
      models: [{ id: tag, label: tag }],
      links: [{ label: tag, href: link }],
    });
  });
  afterAll(async () => {
    await browser.close();
    await served.close();
  });
  beforeEach(async () => {
    chat = await openPage(browser, served.origin);
  });
  afterEach(() => chat.close());

  const ran = () => chat.page.evaluate(() => (globalThis as { ran?: number }).ran ?? 0);
  /** Elements and attributes that no part of the page has of its own. */
  const strange = () =>
    chat.page.evaluate(() =>
      [...document.querySelectorAll('*')].flatMap((element) => {
        const found = ['SCRIPT', 'IFRAME', 'STYLE', 'BASE', 'OBJECT', 'EMBED'].includes(element.tagName)
          ? [element.outerHTML]
          : [];
        const attributes = element
          .getAttributeNames()
          .filter((name) => name.startsWith('on') || /^\s*(javascript|data:text)/i.test(element.getAttribute(name)!))
          .filter((name) => !['title', 'aria-label', 'alt', 'value', 'placeholder', 'data-type', 'name'].includes(name))
          .map((name) => `${element.tagName} ${name}=${element.getAttribute(name)}`);
        return [...found, ...attributes];
      }),
    );
  const own = [
    expect.stringMatching(/^<script type="module" crossorigin="" src="\.\/assets\/index-[\w-]+\.js"><\/script>$/),
  ];

  it('is only ever shown', async () => {
    await chat.say(markdown.slice(0, 400));
    await chat.page.getByRole('form', { name: 'Questions' }).waitFor();
    await chat.settled();
    for (const summary of await chat.page.locator('summary').all()) await summary.click();
    for (const citation of await chat.page.locator('.citation').all()) await citation.click();
    for (const anchor of await chat.page.getByRole('link').all()) await anchor.dispatchEvent('mouseover');
    for (const anchor of await chat.page.locator('.markdown a').all()) await anchor.focus();
    await chat.inspect('threads.create', 'Events');
    for (const event of await chat.page.locator('.event summary').all()) await event.click();
    expect(await ran()).toBe(0);
    expect(await strange()).toEqual(own);
    await chat.look('hostile');
  });

  it('is only ever shown when it is loaded again, and when it has the thread locked', async () => {
    await chat.say('lock');
    await chat.page.locator('.locked').waitFor();
    await chat.settled();
    await chat.page.reload();
    await chat.page.locator('.thread-open').first().click();
    await chat.page.locator('.generated-image').first().waitFor();
    expect(await ran()).toBe(0);
    expect(await strange()).toEqual(own);
  });

  it('would be stopped by the page’s policy if it got so far', async () => {
    // The browser's policy counts for scripts that a page adds to itself; Playwright's own calls are outside of it.
    await chat.page.evaluate((code) => {
      const box = document.createElement('div');
      box.innerHTML = `<img src="x:" onerror="${code}"><a id="bad" href="javascript:${code}">x</a>`;
      const script = document.createElement('script');
      script.textContent = code;
      document.body.append(box, script);
      document.getElementById('bad')?.click();
    }, run);
    await chat.page.waitForFunction(() => document.querySelector('img')?.complete);
    expect(await ran()).toBe(0);
    expect(chat.complaints.join('\n')).toMatch(/Content Security Policy/);
  });
});
