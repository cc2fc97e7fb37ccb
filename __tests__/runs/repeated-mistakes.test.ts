// A mistake that every run of a hook makes: it is reported, and does not fill the log.
import { ask, type Core, serve } from '../support/core';
import { added, assistantMessage, done, textDelta } from '../support/items';
import { createThread } from '../support/requests';

const minuteMs = 60_000;

function mistaken(): Core {
  let runs = 0;
  return serve({
    async *respond({ thread }) {
      const id = `m_${runs++}`;
      yield added(assistantMessage(thread, id));
      yield textDelta(id, 'Hi');
      yield done(assistantMessage(thread, id, 'Hi'));
    },
  });
}

/** Lets a number of runs make the mistake, and returns the lines that they log. */
async function linesOf(core: Core, runs: number) {
  for (let run = 0; run < runs; run++) await ask(core, createThread());
  return core.logger.take('warn').filter(({ fields }) => fields['rule'] === 'delta_without_part');
}

afterEach(() => jest.restoreAllMocks());

test('the first ten runs report a mistake, and later ones report it once a minute with their number', async () => {
  const clock = jest.spyOn(performance, 'now');
  const start = Math.floor(performance.now()); // whole, so that differences are exact
  clock.mockImplementation(() => start);
  const core = mistaken();
  const first = await linesOf(core, 10);
  expect(first).toHaveLength(10);
  expect(first.some(({ fields }) => 'repeated' in fields)).toBe(false);
  expect(await linesOf(core, 5)).toEqual([]);
  clock.mockImplementation(() => start + minuteMs - 1);
  expect(await linesOf(core, 1)).toEqual([]);
  clock.mockImplementation(() => start + minuteMs);
  const [later, ...others] = await linesOf(core, 3);
  expect(later?.fields).toMatchObject({ rule: 'delta_without_part', repeated: 6 });
  expect(others).toEqual([]);
  clock.mockImplementation(() => start + 2 * minuteMs);
  expect((await linesOf(core, 1)).map(({ fields }) => fields['repeated'])).toEqual([2]);
});

test('another server reports the same mistake', async () => {
  const clock = jest.spyOn(performance, 'now');
  const start = Math.floor(performance.now()); // whole, so that differences are exact
  clock.mockImplementation(() => start);
  await linesOf(mistaken(), 12);
  expect(await linesOf(mistaken(), 1)).toHaveLength(1);
});
