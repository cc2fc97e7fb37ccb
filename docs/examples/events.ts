import {
  AnswerWriter,
  type HookEventInput,
  hiddenContext,
  newItem,
  type RespondTurn,
  streamAnswer,
  streamWidget,
  type ThreadItem,
  type WidgetRoot,
} from 'chatkit-express';
import { CustomStreamError, StreamError } from 'chatkit-express';

type Turn = RespondTurn<unknown>;
type Events = AsyncGenerator<HookEventInput>;

export async function* message(turn: Turn): Events {
  // #region message
  yield* streamAnswer(turn, recipe());
  // #endregion
}

async function* recipe() {
  yield 'Bread ';
  yield 'is baked.';
}

export async function* wholeMessage(turn: Turn): Events {
  // #region whole-message
  const content = [{ text: 'Bread is baked.' }];
  yield { type: 'thread.item.done', item: { ...newItem(turn, 'assistant_message'), content } };
  // #endregion
}

export async function* byHand(turn: Turn): Events {
  // #region by-hand
  const item = { ...newItem(turn, 'assistant_message'), content: [{ text: 'Bread is ' }] };
  const update = { type: 'assistant_message.content_part.text_delta', content_index: 0, delta: 'baked.' } as const;

  yield { type: 'thread.item.added', item };
  yield { type: 'thread.item.updated', item_id: item.id, update };
  yield { type: 'thread.item.done', item: { ...item, content: [{ text: 'Bread is baked.' }] } };
  // #endregion
}

export async function* annotations(turn: Turn): Events {
  // #region annotation
  const source = { type: 'url' as const, url: 'https://example.com/bread', title: 'All about bread' };
  yield* streamAnswer(turn, 'Baked.', { sources: [{ source, index: 6 }] }); // after the sixth character
  // #endregion
}

export async function* progress(): Events {
  // #region progress
  yield { type: 'progress_update', text: 'Looking at the recipe', icon: 'search' };
  // #endregion
}

export async function* workflow(turn: Turn): Events {
  // #region workflow
  const writer = new AnswerWriter(turn);
  const task = { type: 'custom' as const, title: 'Weigh the flour' };

  yield* writer.thought('Rye needs more water.');
  yield* writer.step({ ...task, status_indicator: 'loading' }, 'weigh');
  yield* writer.step({ ...task, status_indicator: 'complete' }, 'weigh');
  yield* writer.text('Take 500 g of flour.');
  yield* writer.end();
  // #endregion
}

export async function* task(turn: Turn): Events {
  // #region task
  const task = { type: 'custom', title: 'Weighed the flour', icon: 'check', status_indicator: 'complete' } as const;
  yield { type: 'thread.item.done', item: { ...newItem(turn, 'task'), task } };
  // #endregion
}

export async function* widget({ thread, generateId }: Turn): Events {
  // #region widget
  const card = {
    type: 'Card',
    children: [
      { type: 'Text', value: 'Is the oven hot?' },
      { type: 'Button', label: 'Yes', onClickAction: { type: 'oven.hot', payload: { degrees: 240 } } },
    ],
  };
  yield* streamWidget(thread, card, { copyText: 'Is the oven hot?', generateId });
  // #endregion
}

export async function* growingWidget({ thread, generateId }: Turn): Events {
  // #region growing-widget
  async function* states(): AsyncGenerator<WidgetRoot> {
    let value = '';
    for (const word of ['Mix, ', 'knead, ', 'wait.']) {
      value += word;
      yield { type: 'Card', children: [{ type: 'Text', id: 'steps', value, streaming: true }] };
    }
  }
  yield* streamWidget(thread, states(), { generateId });
  // #endregion
}

export async function* clientTool(turn: Turn): Events {
  const writer = new AnswerWriter(turn);
  // #region client-tool
  yield* writer.clientTool({ name: 'get_cart', arguments: { currency: 'EUR' }, callId: 'call_1' });
  // #endregion
}

export async function* clientEffect(): Events {
  // #region client-effect
  yield { type: 'client_effect', name: 'set_timer', data: { minutes: 40 } };
  // #endregion
}

export async function* structuredInput(turn: Turn): Events {
  // #region structured-input
  yield {
    type: 'thread.item.done',
    item: {
      ...newItem(turn, 'structured_input'),
      inputs: [
        {
          type: 'multiple_choice',
          id: 'flour',
          question: 'Which flour?',
          options: [{ value: 'Rye' }, { value: 'Wheat' }],
        },
        { type: 'freeform', id: 'notes', question: 'Anything else?', description: 'Allergies, for example' },
      ],
    },
  };
  // #endregion
}

export async function* image(turn: Turn): Events {
  const writer = new AnswerWriter(turn);
  // #region image
  yield* writer.image({ key: 'loaf' }); // a placeholder
  yield* writer.image({ key: 'loaf', url: 'https://images.example.com/loaf-blurred.png', progress: 0.5 });
  yield* writer.image({ key: 'loaf', url: 'https://images.example.com/loaf.png' });
  // #endregion
}

export async function* replaced(turn: Turn): Events {
  const item: ThreadItem = {
    ...newItem(turn, 'assistant_message'),
    content: [{ type: 'output_text', text: 'One loaf.', annotations: [] }],
  };
  yield { type: 'thread.item.done', item };
  // #region replaced
  yield { type: 'thread.item.replaced', item: { ...item, content: [{ text: 'Two loaves.' }] } };
  // #endregion
  // #region removed
  yield { type: 'thread.item.removed', item_id: item.id };
  // #endregion
}

export async function* hidden(turn: Turn): Events {
  // #region hidden
  yield hiddenContext(turn, { oven: 'hot', degrees: 240 });
  // #endregion
}

export async function* endOfTurn(turn: Turn): Events {
  // #region end-of-turn
  yield { type: 'thread.item.done', item: newItem(turn, 'end_of_turn') };
  // #endregion
}

export async function* notice(): Events {
  // #region notice
  yield { type: 'notice', level: 'warning', title: 'Nearly out of flour', message: 'There is **one** bag left.' };
  // #endregion
}

export async function* error(): Events {
  // #region error
  yield { type: 'error', code: 'custom', message: 'The oven did not answer.', allow_retry: true };
  // #endregion
}

export async function* streamOptions(): Events {
  // #region stream-options
  yield { type: 'stream_options', stream_options: { allow_cancel: false } };
  // #endregion
}

export async function* threadChanges({ thread }: Turn): Events {
  // #region thread-changes
  thread.title = 'Baking bread';
  thread.metadata['recipe'] = 'rye'; // private: never sent to a client
  thread.status = { type: 'locked', reason: 'The oven is on.' };
  // #endregion
  yield { type: 'progress_update', text: 'Baking' };
}

export async function* failing(): Events {
  // #region custom-stream-error
  const loaves = await countLoaves().catch((cause: unknown) => {
    throw new CustomStreamError('The bakery is closed. Try again at six.', { allowRetry: true, cause });
  });
  // #endregion
  yield { type: 'progress_update', text: `${loaves} loaves` };
}

export async function* failingPlainly(): Events {
  yield { type: 'progress_update', text: 'Counting' };
  // #region stream-error
  throw new StreamError('stream.error', { allowRetry: false });
  // #endregion
}

async function countLoaves(): Promise<number> {
  throw new Error('no answer');
}
