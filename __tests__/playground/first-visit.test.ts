// A newcomer's first visit to the example: what the prompts of the start screen lead to, one press after the other.
import { describeInChromium } from './chromium';
import { Pace } from '../example-app/pace';
import type { Opened } from './open-page';
import { useDemo } from './use-demo';

jest.setTimeout(60_000);

describeInChromium('a first visit', () => {
  const pace = new Pace(5);
  const playground = useDemo(pace);
  let chat: Opened;
  beforeAll(async () => {
    chat = await playground.open();
  });

  it('shows text, a stop, a widget, a form, an upload and a retry by pressing what is there', async () => {
    const press = (name: string) => chat.page.getByRole('button', { name, exact: true }).click();
    const again = async () => {
      await chat.settled();
      await press('New thread');
    };
    pace.hold(5); // so that Stop comes before the end
    await press('Stream some text, and press Stop');
    await chat.lastTurn().getByText('A server got').waitFor();
    await press('Stop');
    await chat.exchanges('threads.create').getByText('stopped').waitFor();
    pace.goOn();
    await again();

    await press('Show a card with buttons');
    await press('pistachio');
    await chat.lastTurn().getByText('a good choice').waitFor();
    await again();

    await press('Let me fill in a form');
    await chat.settled();
    await chat.page.getByLabel('Your name').fill('Grace');
    await press('Book');
    await chat.lastTurn().getByText('Have a good time in Lisbon, Grace.').waitFor();
    await again();

    const chooser = chat.page.waitForEvent('filechooser');
    await press('Look at a file of mine');
    const note = { name: 'note.txt', mimeType: 'text/plain', buffer: Buffer.from('Bread in nine days, they said.') };
    await (await chooser).setFiles(note);
    await chat.page.locator('.draft[data-state="uploaded"]').waitFor();
    await press('Send');
    await chat.lastTurn().getByText('It begins: “Bread in nine days, they said.”').waitFor();
    await chat.settled();
    await chat.look('first-visit-upload');
    await again();

    await press('Fail, so that I can retry');
    await press('Retry');
    await chat.lastTurn().getByText('The second time worked.').waitFor();
    await chat.settled();
    expect(chat.complaints).toEqual([]);
    // The stream that failed before the retry.
    expect(await chat.page.locator('.badge').innerText()).toBe('1');
  });

  it.each(['Draw a chart', 'Work in steps', 'Ask me some questions', 'Name your sources', 'Let me edit a draft'])(
    'has an answer to “%s”',
    async (prompt) => {
      await chat.page.getByRole('button', { name: 'New thread', exact: true }).click();
      await chat.page.getByRole('button', { name: prompt, exact: true }).click();
      await chat.lastTurn().locator('.item:not(.item-user_message)').first().waitFor();
      await chat.settled();
      expect(await chat.page.getByRole('alert').count()).toBe(0);
      expect(await chat.lastTurn().getByText('You said:').count()).toBe(0);
      expect(chat.complaints).toEqual([]);
    },
  );
});
