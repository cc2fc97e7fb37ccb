import {
  type ActionMap,
  ChatKitError,
  chatkitMiddleware,
  defineAction,
  type HookEventInput,
  MemoryStore,
  replaceWidget,
  type RespondTurn,
  streamWidget,
  type WidgetRoot,
  Widgets,
} from 'chatkit-express';
import { z } from 'zod';

interface User {
  userId: string;
}
interface Todo {
  id: string;
  title: string;
  done: boolean;
}
const todos = new Map<string, Todo[]>();
const todosOf = (user: User): Todo[] => todos.get(user.userId) ?? [];
const store = new MemoryStore<User>({ owner: ({ userId }) => userId });
const rent = 840;

// #region builders
import { Button, Card, Row, Text, Title } from 'chatkit-express/widgets';

function todoCard(list: Todo[]) {
  return Card({
    children: [
      Title({ value: 'To do', size: 'sm' }),
      list.length === 0 && Text({ value: 'Nothing left.', color: 'secondary' }),
      list.map(({ id, title, done }) =>
        Row({
          key: id,
          align: 'center',
          children: [
            Text({ value: title, lineThrough: done }),
            Button({ label: 'Done', disabled: done, onClickAction: { type: 'todo.done', payload: { id } } }),
          ],
        }),
      ),
    ],
  });
}
// #endregion

export async function* respond({ thread, context, generateId }: RespondTurn<User>): AsyncGenerator<HookEventInput> {
  // #region show
  yield* streamWidget(thread, todoCard(todosOf(context)), { copyText: 'To do', generateId });
  // #endregion

  // #region plain
  const card: WidgetRoot = { type: 'Card', children: [{ type: 'Text', value: 'Hi' }] };
  yield* streamWidget(thread, card, { generateId });
  // #endregion
}

// #region types
const price: Widgets.Badge = { type: 'Badge', label: `${rent} €`, color: 'info' };

const written: unknown = JSON.parse('{ "type": "Card", "children": [{ "type": "Text" }] }');
const result = Widgets.CardSchema.safeParse(written);
console.log(result.error?.issues[0]?.path); // [ 'children', 0, 'value' ]
// #endregion

// #region actions
export const chatkit = chatkitMiddleware<User>({
  store,
  respond,
  context: (request) => ({ userId: request.get('x-user') ?? 'nobody' }),
  actions: {
    'todo.done': defineAction({
      payload: z.object({ id: z.string() }),
      handle(turn) {
        const list = todosOf(turn.context);
        const todo = list.find(({ id }) => id === turn.payload.id);
        if (!todo) throw new ChatKitError('not_found', 'There is no such to-do.');
        todo.done = true;
        return replaceWidget(turn, todoCard(list));
      },
    }),
    'todo.add': defineAction({
      payload: z.object({ title: z.string().trim().min(1).max(200) }),
      async *handle(turn) {
        const todo = { id: turn.generateId('task'), title: turn.payload.title, done: false };
        const list = [...todosOf(turn.context), todo];
        todos.set(turn.context.userId, list);
        yield* replaceWidget(turn, todoCard(list));
        yield { type: 'notice', level: 'info', message: `${list.length} to do.` };
      },
    }),
  },
});
// #endregion

// #region by-hand
export const byHand = chatkitMiddleware<User>({
  store,
  respond,
  context: (request) => ({ userId: request.get('x-user') ?? 'nobody' }),
  async *action(turn) {
    if (turn.action.type !== 'todo.clear') throw new Error(`There is no action ${turn.action.type}`);
    yield* replaceWidget(turn, todoCard([]));
  },
  syncAction: (turn) => replaceWidget(turn, todoCard([])),
});
// #endregion

// #region form
import { Form, Input } from 'chatkit-express/widgets';

export const addForm = Card({
  children: [
    Form({
      direction: 'row',
      onSubmitAction: { type: 'todo.add' },
      children: [Input({ name: 'title', required: true }), Button({ label: 'Add', submit: true })],
    }),
  ],
});
// #endregion

// #region rewrite
export const rewriting: ActionMap<User> = {
  'draft.rewrite': {
    handle(turn) {
      async function* states(): AsyncGenerator<WidgetRoot> {
        let value = '';
        for (const word of ['Dear ', 'reader, ', 'hello.']) {
          value += word; // a model would produce the words
          yield Card({ children: [Text({ id: 'draft', value, streaming: true })] });
        }
        yield Card({ children: [Text({ id: 'draft', value })] });
      }
      return replaceWidget(turn, states());
    },
  },
};
// #endregion

// #region chart
import { Chart } from 'chatkit-express/widgets';

export const sales = Card({
  children: [
    Chart({
      data: [
        { day: 'Mon', scoops: 31 },
        { day: 'Tue', scoops: 28 },
      ],
      xAxis: 'day',
      series: [{ type: 'bar', dataKey: 'scoops', label: 'Scoops' }],
    }),
  ],
});
// #endregion

// #region table
import { Table } from 'chatkit-express/widgets';

export const prices = Card({
  children: [
    Table({
      children: [
        Table.Row({ header: true, children: [Table.Cell({ children: [Text({ value: 'Rent' })] })] }),
        Table.Row({ children: [Table.Cell({ align: 'end', children: [price] })] }),
      ],
    }),
  ],
});
// #endregion
