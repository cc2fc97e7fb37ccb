// Mentions in the composer's text.
import { contentOf, mentionAt } from '../../playground/src/protocol/message-content';

const ada = { id: 'ada', title: 'Ada' };
const lovelace = { id: 'lovelace', title: 'Ada Lovelace', group: 'People', interactive: true, data: { born: 1815 } };
const text = (words: string) => ({ type: 'input_text', text: words });
const tag = { type: 'input_tag', id: 'ada', text: 'Ada', data: {}, group: undefined, interactive: false };
const longTag = {
  type: 'input_tag',
  id: 'lovelace',
  text: 'Ada Lovelace',
  data: { born: 1815 },
  group: 'People',
  interactive: true,
};

it.each([
  ['  plain text ', [text('plain text')]],
  ['@Ada', [tag]],
  ['ask @Ada, please', [text('ask '), tag, text(', please')]],
  ['@Ada Lovelace and @Ada', [longTag, text(' and '), tag]],
  ['mail@ada.test @Nobody', [text('mail@ada.test @Nobody')]],
  ['', []],
])('%j is sent as its parts', (written, content) => {
  expect(contentOf(written, [ada, lovelace])).toEqual(content);
});

it.each([
  ['@', 1, { start: 0, query: '' }],
  ['ask @ad', 7, { start: 4, query: 'ad' }],
  ['ask @ad please', 7, { start: 4, query: 'ad' }],
  ['ask @ad please', 14, undefined],
  ['mail@ad', 7, undefined],
  ['', 0, undefined],
])('in %j at %i the mention is %j', (written, caret, mention) => {
  expect(mentionAt(written, caret)).toEqual(mention);
});
