// The example's widgets in the chat: what is pressed there is sent, and what comes back is shown.
import { describeInChromium } from './chromium';
import type { Opened } from './open-page';
import { useDemo } from './use-demo';

jest.setTimeout(60_000);

describeInChromium('widgets in the chat', () => {
  const playground = useDemo();
  let chat: Opened;
  beforeEach(async () => {
    chat = await playground.open();
  });
  afterEach(async () => {
    await chat.close();
    expect(chat.complaints).toEqual([]);
  });

  const widget = () => chat.page.getByRole('group', { name: 'Widget' }).last();
  const button = (name: string) => widget().getByRole('button', { name });
  const sent = async (type: string) => {
    const exchange = await chat.inspect(type, 'Request');
    return JSON.parse(await exchange.locator('.json').first().innerText()).params;
  };

  it('stream an answer to an action', async () => {
    await chat.say('widget');
    await chat.settled();
    await button('lemon').click();
    await widget().getByText('You chose lemon.').waitFor();
    await chat.lastTurn().getByText('a good choice').waitFor();
    await chat.settled();
    expect(await sent('threads.custom_action')).toMatchObject({
      item_id: expect.stringMatching(/^msg_/),
      action: { type: 'choose', payload: { chosen: 'lemon' } },
    });
    await chat.look('widget');
  });

  it('take a new card for an action that does not stream', async () => {
    await chat.say('widget');
    await chat.settled();
    await button('Like (0)').click();
    await button('Like (1)').waitFor();
    expect(await chat.exchanges('threads.sync_custom_action').count()).toBe(1);
  });

  it('give the page what is for the page', async () => {
    await chat.say('widget');
    await chat.settled();
    await button('Show in page').click();
    await chat.page.getByRole('status').getByText('Widget action show_in_page').waitFor();
    expect(await chat.exchanges('threads.custom_action').count()).toBe(0);
  });

  it('send the values of a form', async () => {
    await chat.say('form');
    await chat.settled();
    await widget().getByLabel('Your name').fill('Ada');
    await widget().getByLabel('Wishes').fill('A window, and quiet');
    await widget().getByLabel('I bring a bicycle').check();
    await chat.look('form');
    await button('Book').click();
    await chat.lastTurn().getByText('Have a good time in Lisbon, Ada.').waitFor();
    await chat.settled();
    await widget().getByText('Booked').waitFor();
    const { action } = await sent('threads.custom_action');
    expect(action).toMatchObject({ type: 'trip.book', payload: { name: 'Ada', city: 'lisbon', seat: 'window' } });
  });

  it('draw a chart, and draw it anew', async () => {
    await chat.say('chart');
    await chat.settled();
    await widget()
      .getByRole('img', { name: /^Bar chart/ })
      .waitFor();
    await widget().locator('.ckw-plot').waitFor();
    await chat.look('chart');
    await button('line').click();
    await widget()
      .getByRole('img', { name: /^Line chart/ })
      .waitFor();
  });

  it('open the row of a list', async () => {
    await chat.say('list');
    await chat.settled();
    await chat.look('list');
    await button('Maps of Nowhere').click();
    await chat.lastTurn().getByText('It comes back on Friday').waitFor();
    await chat.settled();
  });

  it('grow while they are streamed', async () => {
    await chat.say('poem');
    await chat.lastTurn().getByText('the card stays put for all the while.').waitFor();
    await chat.settled();
    await widget().getByText('Done').waitFor();
    await chat.lastTurn().getByRole('button', { name: 'Copy the answer' }).click();
    const copied = await chat.page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toContain('each with a *delta* and a smile;');
  });

  it('are still there, and still work, when the thread is opened again', async () => {
    await chat.say('widget');
    await chat.settled();
    await button('vanilla').click();
    await widget().getByText('You chose vanilla.').waitFor();
    await chat.settled();
    await chat.page.reload();
    await chat.page.getByRole('button', { name: 'widget', exact: true }).click();
    await widget().getByText('You chose vanilla.').waitFor();
    await button('pistachio').click();
    await widget().getByText('You chose pistachio.').waitFor();
    await chat.settled();
  });
});
