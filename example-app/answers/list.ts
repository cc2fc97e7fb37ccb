// A list whose rows can be clicked.
import { type HookEvents, ChatKitError, streamWidget, type TypedActionTurn } from 'chatkit-express';
import { Badge, Caption, Col, Icon, ListView, ListViewItem, Spacer, Text } from 'chatkit-express/widgets';
import { z } from 'zod';
import type { DemoContext, MessageTurn } from '../demo-turn';
import { say } from '../say';

const books = [
  { id: 'tides', title: 'The Tide Tables', author: 'M. Okafor', lent: false },
  { id: 'maps', title: 'Maps of Nowhere', author: 'I. Lindqvist', lent: true },
  { id: 'bread', title: 'Bread in Nine Days', author: 'T. Moreau', lent: false },
  { id: 'moths', title: 'A Moth Calendar', author: 'S. Ito', lent: false },
  { id: 'clocks', title: 'Clocks that Lie', author: 'R. Haddad', lent: true },
];

/** The id is looked up, because a client can send an id that does not exist. */
export const bookSchema = z.object({ id: z.string() });

export async function* list(turn: MessageTurn): HookEvents {
  const shelf = ListView({
    status: { text: `${books.length} books`, icon: 'book-closed' },
    limit: 4, // a button shows the rest
    children: books.map(({ id, title, author, lent }) =>
      ListViewItem({
        key: id,
        gap: 3,
        align: 'center',
        onClickAction: { type: 'book.show', payload: { id } },
        children: [
          Icon({ name: 'book-open' }),
          Col({ children: [Text({ value: title, weight: 'semibold' }), Caption({ value: author })] }),
          Spacer(),
          lent && Badge({ label: 'lent', color: 'warning' }),
        ],
      }),
    ),
  });
  yield* streamWidget(turn.thread, shelf, { generateId: (type) => turn.generateId(type) });
}

/** Handles a click on a row. The chat shows the message of an error that is thrown here. */
export function showBook(turn: TypedActionTurn<DemoContext, z.output<typeof bookSchema>>): HookEvents {
  const book = books.find(({ id }) => id === turn.payload.id);
  if (!book) throw new ChatKitError('not_found', 'There is no such book.');
  const { title, author, lent } = book;
  return say(turn, `**${title}** by ${author} is ${lent ? 'lent. It comes back on Friday' : 'on the shelf'}.`);
}
