import { type HookEventInput, type RespondTurn, streamWidget, type ThreadItem, type WidgetRoot } from 'chatkit-express';
import { CustomStreamError, StreamError } from 'chatkit-express';

type Turn = RespondTurn<unknown>;
type Events = AsyncGenerator<HookEventInput>;

export async function* message({ thread, generateId }: Turn): Events {
  // #region message
  const base = { id: generateId('message'), thread_id: thread.id, created_at: new Date().toISOString() };

  yield { type: 'thread.item.added', item: { ...base, type: 'assistant_message', content: [] } };
  yield {
    type: 'thread.item.updated',
    item_id: base.id,
    update: { type: 'assistant_message.content_part.added', content_index: 0, content: { text: '' } },
  };
  for (const delta of ['Bread ', 'is ', 'baked.']) {
    yield {
      type: 'thread.item.updated',
      item_id: base.id,
      update: { type: 'assistant_message.content_part.text_delta', content_index: 0, delta },
    };
  }
  const content = [{ text: 'Bread is baked.' }];
  yield { type: 'thread.item.done', item: { ...base, type: 'assistant_message', content } };
  // #endregion
}

export async function* wholeMessage({ thread, generateId }: Turn): Events {
  // #region whole-message
  yield {
    type: 'thread.item.done',
    item: {
      type: 'assistant_message',
      id: generateId('message'),
      thread_id: thread.id,
      created_at: new Date().toISOString(),
      content: [{ text: 'Bread is baked.' }],
    },
  };
  // #endregion
}

export async function* annotations({ thread, generateId }: Turn): Events {
  const base = { id: generateId('message'), thread_id: thread.id, created_at: new Date().toISOString() };
  yield { type: 'thread.item.added', item: { ...base, type: 'assistant_message', content: [{ text: 'Baked.' }] } };
  // #region annotation
  const annotation = {
    source: { type: 'url' as const, url: 'https://example.com/bread', title: 'All about bread' },
    index: 6, // after the sixth character
  };
  yield {
    type: 'thread.item.updated',
    item_id: base.id,
    update: {
      type: 'assistant_message.content_part.annotation_added',
      content_index: 0,
      annotation_index: 0,
      annotation,
    },
  };
  const content = [{ text: 'Baked.', annotations: [annotation] }];
  yield { type: 'thread.item.done', item: { ...base, type: 'assistant_message', content } };
  // #endregion
}

export async function* progress(): Events {
  // #region progress
  yield { type: 'progress_update', text: 'Looking at the recipe', icon: 'search' };
  // #endregion
}

export async function* workflow({ thread, generateId }: Turn): Events {
  // #region workflow
  const base = { id: generateId('workflow'), thread_id: thread.id, created_at: new Date().toISOString() };
  const task = { type: 'thought' as const, title: 'Flour', content: 'Rye needs more water.' };

  yield { type: 'thread.item.added', item: { ...base, type: 'workflow', workflow: { type: 'reasoning' } } };
  yield {
    type: 'thread.item.updated',
    item_id: base.id,
    update: { type: 'workflow.task.added', task_index: 0, task: { ...task, status_indicator: 'loading' } },
  };
  yield {
    type: 'thread.item.updated',
    item_id: base.id,
    update: { type: 'workflow.task.updated', task_index: 0, task: { ...task, status_indicator: 'complete' } },
  };
  const done = { type: 'reasoning' as const, tasks: [task], summary: { duration: 4 } };
  yield { type: 'thread.item.done', item: { ...base, type: 'workflow', workflow: done } };
  // #endregion
}

export async function* task({ thread, generateId }: Turn): Events {
  // #region task
  yield {
    type: 'thread.item.done',
    item: {
      type: 'task',
      id: generateId('task'),
      thread_id: thread.id,
      created_at: new Date().toISOString(),
      task: { type: 'custom', title: 'Weighed the flour', icon: 'check', status_indicator: 'complete' },
    },
  };
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

export async function* clientTool({ thread, generateId }: Turn): Events {
  // #region client-tool
  yield {
    type: 'thread.item.done',
    item: {
      type: 'client_tool_call',
      id: generateId('tool_call'),
      thread_id: thread.id,
      created_at: new Date().toISOString(),
      call_id: 'call_1', // the model's own id of the call
      name: 'get_cart',
      arguments: { currency: 'EUR' },
    },
  };
  // #endregion
}

export async function* clientEffect(): Events {
  // #region client-effect
  yield { type: 'client_effect', name: 'set_timer', data: { minutes: 40 } };
  // #endregion
}

export async function* structuredInput({ thread, generateId }: Turn): Events {
  // #region structured-input
  yield {
    type: 'thread.item.done',
    item: {
      type: 'structured_input',
      id: generateId('message'),
      thread_id: thread.id,
      created_at: new Date().toISOString(),
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

export async function* image({ thread, generateId }: Turn): Events {
  // #region image
  const base = { id: generateId('message'), thread_id: thread.id, created_at: new Date().toISOString() };
  const first = { id: 'img_1', url: 'https://images.example.com/loaf-blurred.png' };
  const last = { id: 'img_1', url: 'https://images.example.com/loaf.png' };

  yield { type: 'thread.item.added', item: { ...base, type: 'generated_image' } };
  yield {
    type: 'thread.item.updated',
    item_id: base.id,
    update: { type: 'generated_image.updated', image: first, progress: 0.5 },
  };
  yield { type: 'thread.item.done', item: { ...base, type: 'generated_image', image: last } };
  // #endregion
}

export async function* replaced({ thread, generateId }: Turn): Events {
  const item: ThreadItem = {
    type: 'assistant_message',
    id: generateId('message'),
    thread_id: thread.id,
    created_at: new Date().toISOString(),
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

export async function* hidden({ thread, generateId }: Turn): Events {
  // #region hidden
  yield {
    type: 'thread.item.done',
    item: {
      type: 'hidden_context_item',
      id: generateId('message'),
      thread_id: thread.id,
      created_at: new Date().toISOString(),
      content: { oven: 'hot', degrees: 240 },
    },
  };
  // #endregion
}

export async function* endOfTurn({ thread, generateId }: Turn): Events {
  // #region end-of-turn
  yield {
    type: 'thread.item.done',
    item: {
      type: 'end_of_turn',
      id: generateId('message'),
      thread_id: thread.id,
      created_at: new Date().toISOString(),
    },
  };
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
  thread.metadata['recipe'] = 'rye'; // private: no client ever sees it
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
