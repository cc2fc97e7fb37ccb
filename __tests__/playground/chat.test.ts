// What the example's assistant can do, as a person sees it in the playground.
import { Pace } from '../example-app/pace';
import { describeInChromium } from './chromium';
import type { Opened } from './open-page';
import { useDemo } from './use-demo';

jest.setTimeout(60_000);

describeInChromium('the chat', () => {
  const pace = new Pace(4);
  const playground = useDemo(pace);
  let chat: Opened;
  /** Complaints that a test provokes. */
  let expected: RegExp | undefined;
  beforeEach(async () => {
    expected = undefined;
    chat = await playground.open();
  });
  afterEach(async () => {
    const complaints = chat.complaints.filter((text) => !expected?.test(text));
    await chat.close();
    pace.goOn();
    expect(complaints).toEqual([]);
  });

  const answer = () => chat.lastTurn().locator('.assistant-message').last();

  it('begins with prompts to press', async () => {
    await chat.page.getByRole('heading', { name: 'What shall the demo show?' }).waitFor();
    await chat.look('start');
    await chat.page.getByRole('button', { name: 'Work in steps' }).click();
    await chat.lastTurn().getByText('All steps are done.').waitFor();
  });

  it('streams Markdown', async () => {
    pace.hold(3);
    await chat.say('stream');
    await answer().and(chat.page.locator('[data-streaming="true"]')).waitFor();
    pace.goOn();
    await chat.settled();
    await answer().getByText('so the story ends here').waitFor();
    expect(await answer().locator('strong').allInnerTexts()).toEqual(['Stop']);
    expect(await answer().locator('p').count()).toBe(3);
    expect(await chat.page.locator('[data-streaming="true"]').count()).toBe(0);
    await chat.look('text');
  });

  it('stops, and what was said so far is still there after a reload', async () => {
    pace.hold(5); // so that Stop comes before the end
    await chat.say('stream');
    await chat.lastTurn().getByText('A server got').waitFor();
    await chat.look('stop');
    await chat.page.getByRole('button', { name: 'Stop', exact: true }).click();
    await chat.settled();
    const said = (await chat.lastTurn().locator('.assistant-message').innerText()).trim();
    expect(said).not.toContain('the story ends');
    await chat.exchanges('threads.create').getByText('stopped').waitFor();
    await chat.page.reload();
    await chat.page.getByRole('button', { name: 'stream', exact: true }).first().click();
    await chat.lastTurn().getByText(said.slice(0, 20)).waitFor();
  });

  it('has no Stop where the server says so', async () => {
    await chat.say('unstoppable');
    await answer().getByText('There is no').waitFor();
    expect(await chat.page.getByRole('button', { name: 'Stop', exact: true }).count()).toBe(0);
    await chat.settled();
  });

  it('shows an error, and retries', async () => {
    await chat.say('error');
    const alert = chat.page.getByRole('alert');
    await alert.getByText('The demo fails on purpose').waitFor();
    await chat.look('error');
    await alert.getByRole('button', { name: 'Retry' }).click();
    await answer().getByText('The second time worked.').waitFor();
    expect(await alert.count()).toBe(0);
    expect(await chat.page.locator('.user-message').count()).toBe(1);
  });

  it('has a message answered again', async () => {
    await chat.say('hello');
    await chat.settled();
    await chat.say('second');
    await chat.settled();
    await chat.page.locator('.turn').first().getByRole('button', { name: 'Answer again' }).click();
    await chat.settled();
    await chat.exchanges('threads.retry_after_item').waitFor();
    expect(await chat.page.locator('.turn').count()).toBe(1);
    await answer().getByText('You said: “hello”').waitFor();
  });

  it('takes feedback for the whole turn', async () => {
    await chat.say('workflow');
    await chat.lastTurn().getByText('All steps are done.').waitFor();
    await chat.settled();
    await chat.lastTurn().getByRole('button', { name: 'Good answer' }).click();
    await chat.lastTurn().getByRole('button', { name: 'Good answer', pressed: true }).waitFor();
    const exchange = await chat.inspect('items.feedback', 'Request');
    const request = JSON.parse(await exchange.locator('.json').innerText());
    expect(request.params.kind).toBe('positive');
    expect(request.params.item_ids).toHaveLength(2); // the workflow and the message
  });

  it('quotes an answer, and a selection of one', async () => {
    await chat.say('sources');
    await chat.settled();
    await answer().locator('p').first().selectText();
    await chat.page.locator('.quote-bubble').getByRole('button', { name: 'Quote' }).click();
    await chat.page.locator('.quote-preview').getByText('ChatKit can be served').waitFor();
    await chat.look('quote');
    await chat.say('what about this');
    await answer().getByText('You quoted: “ChatKit can be served').waitFor();
    await chat.page.locator('.user-message').last().locator('.quoted').waitFor();
    await chat.settled();
    await chat.lastTurn().getByRole('button', { name: 'Quote the answer' }).click();
    await chat.page.getByRole('button', { name: 'Remove the quotation' }).click();
    expect(await chat.page.locator('.quote-preview').count()).toBe(0);
  });

  it('names its sources, in the text and below it', async () => {
    await chat.say('sources');
    await chat.settled();
    const list = answer().getByRole('list', { name: 'Sources' });
    expect(await list.getByRole('listitem').count()).toBe(3);
    const link = list.getByRole('link', { name: 'ChatKit' });
    expect(await link.getAttribute('href')).toBe('https://platform.openai.com/docs/guides/chatkit');
    expect(await link.getAttribute('rel')).toContain('noopener');
    await answer().getByRole('button', { name: 'Source 2: Meeting notes' }).click();
    await list.locator('[data-current="true"]').getByText('Meeting notes').waitFor();
    expect(await answer().locator('p').first().innerText()).toMatch(/your own\.\s*1\s*The notes say how\.\s*2/);
    await chat.look('sources');
  });

  it('shows workflows that fold up, and lets them be opened', async () => {
    await chat.say('workflow');
    const workflow = chat.lastTurn().locator('.workflow');
    await chat.settled();
    await workflow.getByText('Did 4 things').click();
    await workflow.getByRole('listitem').getByText('Read a file').waitFor();
    expect(await workflow.getByRole('img', { name: 'Done' }).count()).toBe(4);
    await workflow.getByRole('link', { name: 'ChatKit' }).waitFor();
    await chat.look('workflow');
  });

  it('shows thoughts, and how long they took', async () => {
    await chat.say('reasoning');
    await chat.settled();
    await chat
      .lastTurn()
      .getByText(/^Thought for \d+ seconds?$/)
      .click();
    await chat.lastTurn().getByText('They want to see me think.').waitFor();
  });

  it('shows a task alone', async () => {
    await chat.say('task');
    await chat.lastTurn().getByText('Counting to three').waitFor();
    await chat.lastTurn().getByText('One, two, three.').waitFor();
    await chat.settled();
  });

  it('shows progress until there is something else', async () => {
    pace.hold(1);
    await chat.say('progress');
    await chat.page.getByRole('status').getByText('Reading the second chapter…').waitFor();
    await chat.look('progress');
    pace.goOn();
    await chat.lastTurn().getByText('I looked, read and wrote').waitFor();
    expect(await chat.page.getByText('Writing it down…').count()).toBe(0);
  });

  it('shows notices, which can be dismissed', async () => {
    await chat.say('notice');
    await chat.settled();
    expect(await chat.page.locator('.notice').count()).toBe(3);
    expect(await chat.page.locator('.notice-warning strong').innerText()).toBe('demo');
    await chat.look('notices');
    await chat.page.locator('.notice-danger').getByRole('button', { name: 'Dismiss the notice' }).click();
    expect(await chat.page.locator('.notice').count()).toBe(2);
  });

  it('shows an image while it becomes clear', async () => {
    pace.hold(1);
    await chat.say('image');
    await chat.page.getByRole('img', { name: 'Image being generated' }).waitFor();
    await chat.page.getByRole('progressbar', { name: 'Progress of the image' }).waitFor();
    pace.goOn();
    const picture = chat.page.getByRole('img', { name: 'Generated image' });
    await picture.waitFor();
    expect(await picture.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 0)).toBe(true);
    await chat.look('image');
  });

  it('replaces and removes what was said', async () => {
    await chat.say('replace');
    await chat.lastTurn().getByText('Two and two are four.').waitFor();
    await chat.settled();
    expect(await chat.lastTurn().locator('.assistant-message').allInnerTexts()).toEqual(['Two and two are four.']);
  });

  it('goes on after the end of a turn', async () => {
    await chat.say('turn');
    await chat.lastTurn().getByText('One more thing').waitFor();
    await chat.settled();
    expect(await chat.lastTurn().locator('.assistant-message').count()).toBe(2);
  });

  it('shows nothing that is hidden', async () => {
    await chat.say('hidden');
    await chat.settled();
    expect(await chat.lastTurn().locator('.item').count()).toBe(2);
  });

  it('locks', async () => {
    await chat.say('lock');
    await chat.page.getByText('The demo locked this thread.').waitFor();
    expect(await chat.page.getByRole('textbox', { name: 'Message', exact: true }).count()).toBe(0);
    await chat.look('locked');
    await chat.page.getByRole('button', { name: 'New thread' }).click();
    await chat.page.getByRole('textbox', { name: 'Message', exact: true }).waitFor();
  });

  it('asks questions in the composer’s place', async () => {
    await chat.say('questions');
    const form = chat.page.getByRole('form', { name: 'Questions' });
    await form.getByRole('radio', { name: 'Summer' }).check();
    await form.getByRole('checkbox', { name: 'Mountains' }).check();
    await form.getByRole('checkbox', { name: 'Food' }).check();
    await chat.look('questions');
    await form.getByRole('button', { name: 'Send answers' }).click();
    await chat.lastTurn().getByText('Thank you. I noted').waitFor();
    await chat.settled();
    expect(await answer().locator('li').allInnerTexts()).toEqual([
      'When do you travel? Summer',
      'What do you like? Mountains, Food',
      'Anything else? skipped',
    ]);
    expect(await chat.page.locator('.answers dd').allInnerTexts()).toEqual(['Summer', 'Mountains, Food', 'skipped']);
    const exchange = await chat.inspect('threads.add_structured_input', 'Request');
    expect(JSON.parse(await exchange.locator('.json').innerText()).params.input).toEqual({
      status: 'answered',
      answers: {
        season: { values: ['Summer'], skipped: false },
        interests: { values: ['Mountains', 'Food'], skipped: false },
        wishes: { values: [], skipped: true },
      },
    });
  });

  it('asks questions again when the thread is opened, and lets them be skipped', async () => {
    await chat.say('questions');
    await chat.page.getByRole('form', { name: 'Questions' }).waitFor();
    await chat.page.reload();
    await chat.page.getByRole('button', { name: 'questions', exact: true }).click();
    await chat.page.getByRole('button', { name: 'Skip', exact: true }).click();
    await chat.lastTurn().getByText('You skipped the questions.').waitFor();
  });

  it('answers a client tool', async () => {
    await chat.say('tool');
    await chat.lastTurn().getByText('The page is called “The playground”.').waitFor();
    await chat.exchanges('threads.add_client_tool_output').waitFor();
  });

  it('answers a client tool as its handler was edited', async () => {
    await chat.page.getByRole('tab', { name: 'Handlers' }).click();
    await chat.page.getByLabel('Result of get_page_title').fill('{ "title": "Edited" }');
    await chat.look('handlers');
    await chat.say('tool');
    await chat.lastTurn().getByText('The page is called “Edited”.').waitFor();
    await chat.page.getByLabel('How get_page_title is answered').selectOption('Ask me each time');
    await chat.say('tool');
    await chat.lastTurn().getByText('waits for you').waitFor();
    await chat.page.getByLabel('Result, as JSON').fill('{ "title": "By hand" }');
    await chat.look('client-tool');
    await chat.page.getByRole('button', { name: 'Send the result' }).click();
    await chat.lastTurn().getByText('The page is called “By hand”.').waitFor();
    await chat.page.getByLabel('How get_page_title is answered').selectOption('Fail');
    await chat.settled();
    await chat.say('tool');
    await chat.lastTurn().getByText('The page did not tell its title.').waitFor();
  });

  it('carries out an effect as its handler says', async () => {
    const accent = () => chat.page.evaluate(() => document.documentElement.style.getPropertyValue('--accent'));
    await chat.say('effect');
    await chat.page.getByRole('status').getByText('Effect change_colour').waitFor();
    const colour = await accent();
    expect(colour).toMatch(/^#[0-9a-f]{6}$/);
    await answer().getByText(colour).waitFor();
    await chat.settled();
    await chat.page.getByRole('tab', { name: 'Handlers' }).click();
    await chat.page.getByLabel('change_colour').selectOption('Ignore it');
    await chat.page.evaluate(() => document.documentElement.style.removeProperty('--accent'));
    await chat.say('effect');
    await chat.settled();
    expect(await accent()).toBe('');
  });

  it('mentions with an @, by keyboard and by mouse', async () => {
    const field = chat.page.getByRole('textbox', { name: 'Message', exact: true });
    await field.pressSequentially('ask @');
    const offers = chat.page.getByRole('listbox', { name: 'Mentions' });
    expect(await offers.getByRole('option').count()).toBe(3);
    await field.press('ArrowDown');
    expect(await offers.getByRole('option', { selected: true }).innerText()).toContain('Grace Hopper');
    await chat.look('mentions');
    // The next frame of a busy machine comes after more was written.
    await chat.page.evaluate(() => {
      const late: FrameRequestCallback[] = [];
      const { requestAnimationFrame } = window;
      window.requestAnimationFrame = (draw) => late.push(draw);
      window.addEventListener('late-frame', () => {
        window.requestAnimationFrame = requestAnimationFrame;
        for (const draw of late) draw(performance.now());
      });
    });
    await field.press('Enter');
    expect(await field.inputValue()).toBe('ask @Grace Hopper ');
    await field.pressSequentially('and @li');
    await chat.page.evaluate(() => window.dispatchEvent(new Event('late-frame')));
    await offers.getByRole('option', { name: 'Linus Torvalds' }).click();
    await field.press('Enter');
    await chat.settled();
    expect(await chat.page.locator('.user-message .tag').allInnerTexts()).toEqual(['Grace Hopper', 'Linus Torvalds']);
    const exchange = await chat.inspect('threads.create', 'Request');
    const tag = { type: 'input_tag', data: {}, group: 'People', interactive: true };
    expect(JSON.parse(await exchange.locator('.json').innerText()).params.input.content).toEqual([
      { type: 'input_text', text: 'ask ' },
      { ...tag, id: 'person_grace', text: 'Grace Hopper' },
      { type: 'input_text', text: ' and ' },
      { ...tag, id: 'person_linus', text: 'Linus Torvalds' },
    ]);
  });

  it('sends the model and the tool that were picked', async () => {
    await chat.page.getByLabel('Model', { exact: true }).selectOption('Thorough');
    await chat.page.getByLabel('Tool', { exact: true }).selectOption('Draw');
    expect(await chat.page.getByRole('textbox', { name: 'Message', exact: true }).getAttribute('placeholder')).toBe(
      'What shall I draw?',
    );
    await chat.say('something nice');
    await chat.page.getByRole('img', { name: 'Generated image' }).waitFor();
    await chat.page.getByText('Model Thorough · Tool Draw').waitFor();
    const exchange = await chat.inspect('threads.create', 'Request');
    expect(JSON.parse(await exchange.locator('.json').innerText()).params.input.inference_options).toEqual({
      model: 'thorough',
      tool_choice: { id: 'image' },
    });
  });

  it('dictates', async () => {
    await chat.page.getByRole('button', { name: 'Dictate' }).click();
    const stop = chat.page.getByRole('button', { name: 'Stop the recording' });
    await stop.waitFor();
    await chat.look('dictation');
    await stop.click();
    const field = chat.page.getByRole('textbox', { name: 'Message', exact: true });
    await chat.page.waitForFunction(() => document.querySelector('textarea')?.value !== '');
    expect(await field.inputValue()).toMatch(/^I heard \d+ bytes of audio\/webm\.$/);
    const exchange = await chat.inspect('input.transcribe', 'Request');
    const { params } = JSON.parse(await exchange.locator('.json').innerText());
    expect(params.mime_type).toBe('audio/webm;codecs=opus');
    // The first bytes of every WebM file.
    expect(Buffer.from(params.audio_base64, 'base64').subarray(0, 4).toString('hex')).toBe('1a45dfa3');
  });

  it('is used with the keyboard alone', async () => {
    await chat.say('questions');
    await chat.page.getByRole('form', { name: 'Questions' }).waitFor();
    await chat.page.getByRole('radio', { name: 'Spring' }).focus();
    await chat.page.keyboard.press('Space');
    await chat.page.keyboard.press('ArrowDown');
    await chat.page.keyboard.press('Enter');
    await chat.lastTurn().getByText('When do you travel? Summer').waitFor();
  });

  it('gives the focus back to the composer', async () => {
    await chat.say('hello');
    await chat.settled();
    await chat.page.keyboard.type('still here');
    expect(await chat.page.getByRole('textbox', { name: 'Message', exact: true }).inputValue()).toBe('still here');
  });
});
