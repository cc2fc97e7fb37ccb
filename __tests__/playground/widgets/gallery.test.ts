// Widgets as a browser shows them, and what comes of using them.
import { readFileSync } from 'node:fs';
import { describeInChromium } from '../chromium';
import { type Gallery, startGallery } from './gallery';

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

describeInChromium('the widget gallery', () => {
  let gallery: Gallery;
  // Vite bundles the libraries at its first start, and a browser comes up.
  beforeAll(async () => (gallery = await startGallery()), 120_000);
  afterAll(() => gallery.close());

  describe('what it shows', () => {
    it.each(['light', 'dark'])('has no serious finding of axe in the theme %s', async (theme) => {
      await gallery.open(`?theme=${theme}`);
      await gallery.page.locator('.ckw-plot').nth(2).waitFor();
      await gallery.page.evaluate(axe);
      const findings = await gallery.page.evaluate(async () => {
        interface Violation {
          impact: string;
          id: string;
          nodes: { html: string; failureSummary: string }[];
        }
        const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
        const { violations } = await axe.run();
        const grave = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
        return grave.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => [id, html, failureSummary]));
      });
      expect(findings).toEqual([]);
    });

    it('draws every component but the one that is not known, and complains of nothing but a missing picture', async () => {
      await gallery.open();
      await gallery.page.locator('.ckw-plot').nth(2).waitFor();
      const notes = await gallery.page.getByRole('note').allInnerTexts();
      expect(notes).toEqual([expect.stringContaining('Unknown component: Hologram')]);
      expect(gallery.complaints.filter((text) => !text.includes('404'))).toEqual([]);
    });

    it('has a drawing for every name of an icon', async () => {
      await gallery.open();
      const unknown = await gallery
        .sample('Icons')
        .locator('[title]')
        .evaluateAll((all) => all.map((icon) => icon.getAttribute('title')));
      expect(unknown).toEqual(['lucide:rocket', 'vendor:acme']);
    });

    it('shows an unknown component as its JSON', async () => {
      await gallery.open();
      const note = gallery.sample('Not known').getByRole('note');
      await note.getByText('JSON').click();
      expect(JSON.parse(await note.locator('pre').innerText())).toEqual({
        type: 'Hologram',
        depth: 3,
        children: [{ type: 'Text', value: 'inside' }],
      });
    });

    it.each([
      ['props of wrong types', { type: 'Card', size: 7, children: { type: 'Text', value: { a: 1 }, maxLines: 'x' } }],
      ['children that are no components', { type: 'Card', children: ['text', 7, null, { type: 3 }, []] }],
      ['no children', { type: 'ListView' }],
      [
        'fields without names',
        { type: 'Basic', children: [{ type: 'Input' }, { type: 'RadioGroup', options: 'none' }] },
      ],
      ['a chart of nothing', { type: 'Card', children: [{ type: 'Chart', data: 3, series: [{}], xAxis: null }] }],
      ['a name of every object', { type: 'constructor' }],
      ['very deep nesting', Array.from({ length: 500 }).reduce((child) => ({ type: 'Box', children: [child] }), {})],
    ])('survives %s', async (_name, widget) => {
      await gallery.open();
      const shown = await gallery.show(widget);
      await shown.locator('fieldset').waitFor();
      // Broken props are shown as such at worst: the page itself is still there, and still works.
      await gallery.show({ type: 'Card', children: [{ type: 'Text', value: 'still here' }] });
      await shown.getByText('still here').waitFor();
      expect(gallery.complaints.filter((text) => text.includes('could not be drawn'))).toEqual([]);
    });

    it('describes a chart in words, and its data in a table', async () => {
      await gallery.open();
      const chart = gallery.sample('Chart: bars');
      await chart
        .getByRole('img', { name: 'Bar and line chart of Desktop, Mobile, Goal: 6 values from Jan to Jun' })
        .waitFor();
      const rows = await chart.getByRole('table').getByRole('row').allTextContents();
      expect(rows[0]).toBe('CategoryDesktopMobileGoal');
      expect(rows[1]).toBe('Jan18680220');
    });

    it('draws each series of a chart, and shows the values under the pointer', async () => {
      await gallery.open();
      const chart = gallery.sample('Chart: bars').locator('.ckw-plot');
      const colours = chart.locator('path').evaluateAll((all) => all.map((path) => getComputedStyle(path).color));
      expect(new Set(await colours).size).toBe(3);
      expect(await chart.locator('text').allTextContents()).toEqual(expect.arrayContaining(['0', '200', 'Jan', 'Jun']));
      const values = chart.locator('.ckw-values');
      await chart.hover({ position: { x: 60, y: 60 } });
      expect(await values.innerText()).toMatch(/^Jan\s+Desktop\s*186\s+Mobile\s*80\s+Goal\s*220$/);
      await gallery.page.mouse.move(0, 0);
      await values.waitFor({ state: 'detached' });
      const bare = await gallery.show({
        type: 'Card',
        children: [
          { type: 'Chart', data: [{ x: 'p', a: 1 }], xAxis: 'x', showTooltip: false, series: [{ dataKey: 'a' }] },
        ],
      });
      await bare.locator('.ckw-plot path').waitFor();
      await bare.locator('.ckw-plot').hover();
      await gallery.page.evaluate(() => new Promise(requestAnimationFrame));
      expect(await bare.locator('.ckw-values').count()).toBe(0);
    });

    it('loads nothing that a widget names in its styles, and follows no script', async () => {
      await gallery.open();
      const asked: string[] = [];
      gallery.page.on('request', (request) => asked.push(request.url()));
      const shown = await gallery.show({
        type: 'Card',
        background: 'url(http://127.0.0.1:9/card.png)',
        children: [
          { type: 'Box', size: 9, background: 'image-set("http://127.0.0.1:9/box.png" 1x)' },
          { type: 'Box', size: 9, border: { size: 1, color: 'red;background:url(http://127.0.0.1:9/b.png)' } },
          { type: 'Image', src: 'javascript:alert(1)', alt: 'a script' },
          { type: 'Markdown', value: '[x](javascript:alert(1)) <img src=x onerror="globalThis.ran = true">' },
        ],
      });
      await shown.getByRole('img', { name: 'a script' }).waitFor();
      await gallery.page.evaluate(() => new Promise(requestAnimationFrame));
      expect(asked.filter((url) => url.includes(':9/'))).toEqual([]);
      expect(await shown.locator('[href^="javascript"], [src^="javascript"]').count()).toBe(0);
      expect(await gallery.page.evaluate(() => 'ran' in globalThis)).toBe(false);
    });

    it('shows the rest of a list when it is asked for', async () => {
      await gallery.open();
      const list = gallery.sample('ListView: three of seven');
      expect(await list.getByRole('listitem').count()).toBe(3);
      await list.getByRole('button', { name: 'Show 4 more' }).click();
      expect(await list.getByRole('listitem').count()).toBe(7);
    });

    it('opens a collapsed card', async () => {
      await gallery.open();
      const card = gallery.sample('Card: collapsed');
      const text = card.getByText('Sent to zoe@example.com');
      expect(await text.isVisible()).toBe(false);
      await card.getByRole('button', { name: 'Show details', expanded: false }).click();
      expect(await text.isVisible()).toBe(true);
    });
  });

  describe('forms', () => {
    it('send nothing while a field is wrong, and then all of them under their dotted names', async () => {
      await gallery.open();
      const card = gallery.sample('Card: as a form');
      const join = card.getByRole('button', { name: 'Join' });
      await join.click();
      await card.getByLabel('Your name').fill('Ada');
      await card.getByLabel('Mail').fill('ada');
      await join.click();
      expect(await card.getByLabel('Mail').evaluate((field: HTMLInputElement) => field.validity.typeMismatch)).toBe(
        true,
      );
      await card.getByLabel('Mail').fill('ada@example.com');
      await card.getByLabel('Code').fill('abc');
      await card.getByLabel('I have read the rules').check();
      await join.click();
      expect(await gallery.page.locator('#sent').innerText()).toBe('');
      await card.getByLabel('Code').fill('ABC1');
      await join.click();
      expect(await gallery.sent(1)).toEqual([
        {
          action: {
            type: 'join',
            payload: { person: { id: 1, name: 'Ada', mail: 'ada@example.com' }, code: 'ABC1', agreed: true },
          },
          formData: { person: { name: 'Ada', mail: 'ada@example.com' }, code: 'ABC1', agreed: true },
        },
      ]);
    });

    it('give their values to every action in them, and are submitted by Enter', async () => {
      await gallery.open();
      const form = gallery.sample('Form');
      await form.getByLabel('Priority').selectOption('high');
      await form.getByLabel('title').fill('Buy tulips');
      await form.getByLabel('title').press('Enter');
      const todo = { title: 'Buy tulips', note: '', due: '2026-11-21', repeats: 'never', details: '', done: true };
      const [changed, saved] = await gallery.sent(2);
      expect(changed?.action).toEqual({
        type: 'todo.priority',
        payload: { todo: { ...todo, title: 'Buy flowers', priority: 'high' } },
      });
      expect(saved?.action).toEqual({
        type: 'todo.save',
        payload: { id: 'todo_1', todo: { ...todo, priority: 'high' } },
      });
    });

    it('let cancel and the other buttons through unchecked', async () => {
      await gallery.open();
      await gallery.sample('Card: as a form').getByRole('button', { name: 'Later' }).click();
      const [sent] = await gallery.sent(1);
      expect(sent?.action).toEqual({
        type: 'later',
        payload: { person: { name: '', mail: '' }, code: '', agreed: false },
      });
    });

    it('check the pattern of a field of several lines', async () => {
      await gallery.open();
      const shown = await gallery.show({
        type: 'Form',
        onSubmitAction: { type: 'go' },
        children: [
          { type: 'Textarea', name: 'code', pattern: '[a-z]+' },
          { type: 'Button', label: 'Go', submit: true },
        ],
      });
      await shown.getByLabel('code').fill('UPPER');
      await shown.getByRole('button', { name: 'Go' }).click();
      expect(await gallery.page.locator('#sent').innerText()).toBe('');
      await shown.getByLabel('code').fill('lower');
      await shown.getByRole('button', { name: 'Go' }).click();
      expect((await gallery.sent(1))[0]?.action).toEqual({ type: 'go', payload: { code: 'lower' } });
    });

    it('send one form’s fields only, where a form is in a form', async () => {
      await gallery.open();
      const shown = await gallery.show({
        type: 'Card',
        asForm: true,
        confirm: { label: 'Outer', action: { type: 'outer' } },
        children: [
          { type: 'Input', name: 'a', defaultValue: '1' },
          {
            type: 'Form',
            onSubmitAction: { type: 'inner' },
            children: [
              { type: 'Input', name: 'b', defaultValue: '2' },
              { type: 'Button', label: 'Inner', submit: true },
            ],
          },
        ],
      });
      await shown.getByLabel('b', { exact: true }).press('Enter');
      expect((await gallery.sent(1))[0]?.action).toMatchObject({ type: 'inner', payload: { b: '2' } });
      await shown.getByRole('button', { name: 'Outer' }).and(shown.locator(':enabled')).click();
      expect((await gallery.sent(2))[1]?.action).toEqual({ type: 'outer', payload: { a: '1', b: '2' } });
    });

    it('put what a field outside a form says under its name', async () => {
      await gallery.open();
      const onChangeAction = { type: 'chosen', payload: { id: 1 } };
      const shown = await gallery.show({
        type: 'Card',
        children: [
          {
            type: 'RadioGroup',
            name: 'size',
            ariaLabel: 'Size',
            options: [{ value: 's', label: 'Small' }],
            onChangeAction,
          },
          { type: 'Checkbox', name: 'wrapped', label: 'As a present', onChangeAction },
        ],
      });
      await shown.getByRole('radiogroup', { name: 'Size' }).getByLabel('Small').check();
      await shown.getByLabel('As a present').check();
      const sent = await gallery.sent(2);
      expect(sent.map(({ action }) => action['payload'])).toEqual([
        { id: 1, size: 's' },
        { id: 1, wrapped: true },
      ]);
    });
  });

  describe('what waits for an answer', () => {
    it('is the button that was pressed, which keeps the focus and cannot be pressed again', async () => {
      await gallery.open('?answers=held');
      const button = gallery.sample('Buttons').getByRole('button', { name: 'Keep' });
      await button.focus();
      await button.press('Enter');
      await button.and(gallery.page.locator('[aria-busy=true]')).waitFor();
      await button.press('Enter');
      expect(await gallery.sample('Buttons').locator('fieldset').isEnabled()).toBe(true);
      await gallery.answer();
      await button.and(gallery.page.locator('[aria-busy=false]')).waitFor();
      expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
      expect(await gallery.sent(1)).toHaveLength(1);
    });

    it.each([
      ['for `container`', 'Buttons', 'Block'],
      ['for a card’s own buttons', 'Card: status and footer', 'Send'],
    ])('is the whole widget %s, and the focus comes back', async (_when, sample, name) => {
      await gallery.open('?answers=held');
      const widget = gallery.sample(sample).locator('fieldset');
      const button = widget.getByRole('button', { name });
      await button.focus();
      await button.press('Enter');
      await gallery.sample(sample).locator('fieldset[aria-busy=true]:disabled').waitFor();
      await gallery.answer();
      await gallery.sample(sample).locator('fieldset[aria-busy=false]:enabled').waitFor();
      expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
    });

    it('is nothing for `none`', async () => {
      await gallery.open('?answers=held');
      const button = gallery.sample('Buttons').getByRole('button', { name: 'Quiet' });
      await button.click();
      await button.click();
      expect(await gallery.sent(2)).toHaveLength(2);
    });
  });

  it('uses a row by keyboard, named by what it holds', async () => {
    await gallery.open();
    await gallery.sample('ListView: three of seven').getByRole('button', { name: 'The blue line' }).press('Enter');
    expect((await gallery.sent(1))[0]?.action).toEqual({ type: 'line.select', payload: { id: 'blue' } });
  });

  it('lets nothing be used in a widget that is disabled', async () => {
    await gallery.open();
    await gallery.page.getByLabel('disabled').check();
    const usable = gallery.page.locator('.ckw :is(button, input, select, textarea):enabled');
    expect(await usable.count()).toBe(0);
  });

  it('keeps what was typed while the widget around it changes', async () => {
    await gallery.open();
    const widget = (value: string) => ({
      type: 'Card',
      children: [
        { type: 'Text', id: 'draft', value },
        { type: 'Input', name: 'answer' },
      ],
    });
    const shown = await gallery.show(widget('One'));
    await shown.getByLabel('answer').fill('typed');
    await gallery.show(widget('One, two'));
    await shown.getByText('One, two').waitFor();
    expect(await shown.getByLabel('answer').inputValue()).toBe('typed');
  });
});
