// Types against those of the browser's package, @openai/chatkit. The compiler proves them (`tsc --noEmit`): a claim that
// does not hold is a type error. At run time each test parses a value that the browser's types allow.
import type * as Browser from '@openai/chatkit';
import type { z } from 'zod';
import {
  type Action,
  ActionSchema,
  type Annotation,
  type Attachment,
  type AttachmentInput,
  AttachmentSchema,
  type ClientThreadItem,
  type ClientToolCallItem,
  type EntitySource,
  HookEventSchema,
  type HookEvent,
  type HookEventInput,
  type Icon,
  IconSchema,
  type InferenceOptions,
  type RequestParams,
  RequestSchema,
  SourceSchema,
  type ThreadItem,
  type ThreadItemInput,
  ThreadItemSchema,
  type ThreadStreamEvent,
  type UserMessageContent,
  UserMessageContentSchema,
  type UserMessageItem,
  UserMessageInputSchema,
  type WidgetComponent,
  type WidgetComponentSchema,
  type WidgetRoot,
  WidgetRootSchema,
} from '../../src/protocol';

// The browser's types name the DOM's, which this program leaves out. This is all that is read of them.
declare global {
  interface CustomEvent<T> {
    readonly detail: T;
  }
}

/** Whether every `From` is a `To`. False for `any` and `never`, which would make every claim hold. */
type Assignable<From, To> = [IsVoid<From>, IsVoid<To>] extends [false, false]
  ? [From] extends [To]
    ? true
    : false
  : false;
type IsVoid<T> = 0 extends 1 & T ? true : [T] extends [never] ? true : false;
type Detail<Name extends keyof Browser.ChatKitEvents> =
  Browser.ChatKitEvents[Name] extends CustomEvent<infer Value> ? Value : never;
type BrowserMessage = Parameters<Browser.OpenAIChatKit['sendUserMessage']>[0];
type BrowserAction = Parameters<Browser.OpenAIChatKit['sendCustomAction']>[0];
type BrowserToolCall = Parameters<NonNullable<Browser.ChatKitOptions['onClientTool']>>[0];
type BrowserToolResult = ReturnType<NonNullable<Browser.ChatKitOptions['onClientTool']>>;
type HookEventOf<Type> = Extract<HookEvent, { type: Type }>;

/** Compiles only when the claim holds. */
function proven<Claim extends true>(claim: Claim): Claim {
  return claim;
}
/** The opposite of a claim. */
type Not<Claim extends boolean> = Claim extends true ? false : true;

describe('the helper of these proofs', () => {
  it('tells what is assignable from what is not', () => {
    proven<Assignable<'a', string>>(true);
    proven<Not<Assignable<string, 'a'>>>(true);
    proven<Not<Assignable<{ a?: string }, { a: string }>>>(true);
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- `any` is what must not pass
    proven<Not<Assignable<any, string>>>(true);
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- `any` is what must not pass
    proven<Not<Assignable<string, any>>>(true);
    proven<Not<Assignable<never, string>>>(true);
    // @ts-expect-error A claim that does not hold is an error.
    expect(proven<Assignable<string, number>>(true)).toBe(true);
  });
});

describe('what a client is shown is what its types say', () => {
  it('attachments', () => {
    const attachment: Attachment = { type: 'image', id: 'a', name: 'n', mime_type: 'image/png', preview_url: 'u' };
    proven<Assignable<Attachment, Browser.Attachment>>(true);
    proven<Assignable<UserMessageItem['attachments'], Browser.Attachment[]>>(true);
    const shown: Browser.Attachment = attachment;
    expect(AttachmentSchema.parse(shown)).toEqual(attachment);
  });

  it('the content of a user’s message', () => {
    proven<Assignable<UserMessageContent, Browser.UserMessageContent>>(true);
    const content: Browser.UserMessageContent = UserMessageContentSchema.parse({ type: 'input_text', text: 'Hi' });
    expect(content).toEqual({ type: 'input_text', text: 'Hi' });
  });

  it('icons, but for those of a vendor and one that only widgets have', () => {
    proven<Assignable<Exclude<Icon, 'dot' | `vendor:${string}`>, Browser.ChatKitIcon>>(true);
    proven<Not<Assignable<'dot', Browser.ChatKitIcon>>>(true);
    proven<Assignable<Exclude<Icon, 'clock' | `${string}:${string}`>, Browser.Widgets.WidgetIcon>>(true);
    const icon: Icon = 'lucide:brain';
    const shown: Browser.ChatKitIcon = icon;
    expect(IconSchema.parse(shown)).toBe(icon);
  });

  it('the chosen tool and model', () => {
    proven<Assignable<NonNullable<InferenceOptions['tool_choice']>, Browser.ToolChoice>>(true);
    proven<Assignable<InferenceOptions['model'], BrowserMessage['model']>>(true);
    const { inference_options: options } = UserMessageInputSchema.parse({
      content: [],
      inference_options: { model: 'm-1' },
    });
    const message: Pick<BrowserMessage, 'model' | 'toolChoice'> = {
      model: options.model,
      toolChoice: options.tool_choice,
    };
    expect(message).toEqual({ model: 'm-1', toolChoice: undefined });
  });

  it('entities, but for their data, which may be more than strings', () => {
    proven<Assignable<Omit<EntitySource, 'data'>, Omit<Browser.Entity, 'data'>>>(true);
    proven<Assignable<Omit<Extract<Annotation['source'], { type: 'entity' }>, 'data'>, Omit<Browser.Entity, 'data'>>>(
      true,
    );
    proven<Not<Assignable<EntitySource['data'], NonNullable<Browser.Entity['data']>>>>(true);
    proven<Assignable<NonNullable<Browser.Entity['data']>, EntitySource['data']>>(true);
    const entity: Browser.Entity = { id: 'e', title: 'Ada', icon: 'user', interactive: true, data: { team: 'core' } };
    expect(SourceSchema.parse({ type: 'entity', ...entity })).toEqual({ type: 'entity', ...entity });
  });

  it('effects', () => {
    proven<Assignable<Pick<HookEventOf<'client_effect'>, 'name' | 'data'>, Detail<'chatkit.effect'>>>(true);
    proven<Not<Assignable<Pick<HookEventOf<'client_effect'>, 'data'>, Detail<'chatkit.effect'>>>>(true);
    const effect: Detail<'chatkit.effect'> = { name: 'confetti' };
    expect(HookEventSchema.parse({ type: 'client_effect', ...effect })).toHaveProperty('data', {});
  });

  it('the parameters of a client tool', () => {
    proven<Assignable<ClientToolCallItem['name'], BrowserToolCall['name']>>(true);
    proven<Assignable<ClientToolCallItem['arguments'], BrowserToolCall['params']>>(true);
    const item = { id: 'i', thread_id: 't', created_at: '2026-03-01T09:30:00Z', type: 'client_tool_call' as const };
    const { name, params }: BrowserToolCall = { name: 'open', params: { a: [1] } };
    expect(ThreadItemSchema.parse({ ...item, call_id: 'c', name, arguments: params })).toHaveProperty(
      'arguments',
      params,
    );
  });

  it('hidden items are no items of a client', () => {
    type Hidden = 'hidden_context_item' | 'sdk_hidden_context';
    proven<Assignable<Hidden, ThreadItem['type']>>(true);
    proven<Not<Assignable<Hidden, ClientThreadItem['type']>>>(true);
    proven<Assignable<ClientThreadItem, ThreadItem>>(true);
    // @ts-expect-error A hidden item is not assignable.
    const item: ClientThreadItem = ThreadItemSchema.parse({
      id: 'i',
      thread_id: 't',
      created_at: '2026-03-01T09:30:00Z',
      type: 'sdk_hidden_context',
      content: 'x',
    });
    expect(item.type).toBe('sdk_hidden_context');
  });
});

describe('what the browser’s types allow is taken', () => {
  it('attachments', () => {
    proven<Assignable<Browser.Attachment, AttachmentInput>>(true);
    proven<Assignable<Browser.Attachment, Attachment>>(true);
    const given: Browser.Attachment = { type: 'file', id: 'a', name: 'n', mime_type: 'text/plain' };
    expect(AttachmentSchema.parse(given)).toEqual(given);
  });

  it('the content of a user’s message', () => {
    proven<Assignable<Browser.UserMessageContent, z.input<typeof UserMessageContentSchema>>>(true);
    proven<Assignable<NonNullable<BrowserMessage['content']>, z.input<typeof UserMessageInputSchema>['content']>>(true);
    // Its tags may lack what ours have filled in, so they are no parsed content yet.
    proven<Not<Assignable<Browser.UserMessageContent, UserMessageContent>>>(true);
    const given: Browser.UserMessageContent = { type: 'input_tag', id: 'e', text: 'Ada' };
    expect(UserMessageContentSchema.parse(given)).toEqual({ ...given, data: {}, interactive: false });
  });

  it('the chosen tool and model', () => {
    proven<Assignable<NonNullable<BrowserMessage['toolChoice']>, NonNullable<InferenceOptions['tool_choice']>>>(true);
    proven<Assignable<NonNullable<BrowserMessage['model']>, NonNullable<InferenceOptions['model']>>>(true);
    const given: Browser.ToolChoice = { id: 'search' };
    const message = { content: [], inference_options: { tool_choice: given } };
    expect(UserMessageInputSchema.parse(message).inference_options).toEqual({ tool_choice: given });
  });

  it('icons', () => {
    proven<Assignable<Browser.ChatKitIcon, Icon>>(true);
    proven<Assignable<Browser.Widgets.WidgetIcon, Icon>>(true);
    const given: Browser.Widgets.WidgetIcon = 'dot';
    expect(IconSchema.parse(given)).toBe('dot');
  });

  it('actions', () => {
    proven<Assignable<BrowserAction, z.input<typeof ActionSchema>>>(true);
    proven<Assignable<BrowserAction, Action>>(true);
    const given: BrowserAction = { type: 'buy', payload: { n: 1 } };
    expect(ActionSchema.parse(given)).toEqual(given);
  });

  it('the result of a client tool', () => {
    type Result = RequestParams<'threads.add_client_tool_output'>['result'];
    proven<Assignable<Awaited<BrowserToolResult>, Result>>(true);
    const given: Awaited<BrowserToolResult> = { ok: true };
    const params = { thread_id: 'thr_1', result: given };
    expect(RequestSchema.parse({ type: 'threads.add_client_tool_output', params })).toHaveProperty('params', params);
  });

  it('widgets: every root and every component', () => {
    proven<Assignable<Browser.Widgets.WidgetRoot, WidgetRoot>>(true);
    proven<Assignable<Browser.Widgets.WidgetRoot, z.input<typeof WidgetRootSchema>>>(true);
    proven<Assignable<Browser.Widgets.WidgetComponent, WidgetComponent>>(true);
    proven<Assignable<Browser.Widgets.WidgetComponent, z.input<typeof WidgetComponentSchema>>>(true);
    proven<Assignable<Browser.Widgets.ListViewItem, WidgetComponent>>(true);
    const card: Browser.Widgets.Card = { type: 'Card', children: [{ type: 'Text', value: 'Hi' }] };
    const root: WidgetRoot = card;
    expect(WidgetRootSchema.parse(root)).toEqual(card);
  });
});

describe('what a hook writes', () => {
  const base = { id: 'itm_1', thread_id: 'thr_1', created_at: '2026-03-01T09:30:00Z' };

  it('may leave out what has a default', () => {
    const events: HookEventInput[] = [
      { type: 'error' },
      { type: 'client_effect', name: 'confetti' },
      { type: 'progress_update', text: 'Reading' },
      { type: 'thread.item.done', item: { ...base, type: 'assistant_message', content: [{ text: 'Hi' }] } },
      { type: 'thread.item.done', item: { ...base, type: 'user_message', content: [] } },
      { type: 'thread.item.done', item: { ...base, type: 'client_tool_call', call_id: 'c', name: 'n' } },
      { type: 'thread.item.done', item: { ...base, type: 'workflow', workflow: { type: 'custom' } } },
      {
        type: 'thread.item.updated',
        item_id: 'itm_1',
        update: { type: 'workflow.task.added', task_index: 0, task: { type: 'web_search' } },
      },
    ];
    expect(events.map((event) => HookEventSchema.parse(event).type)).toEqual(events.map(({ type }) => type));
  });

  it('is not yet what is sent: the defaults are missing', () => {
    const input: HookEventInput = { type: 'error' };
    // @ts-expect-error `code` and `allow_retry` are there only after parsing.
    const early: HookEvent = input;
    expect(early).toEqual({ type: 'error' });
    const parsed: ThreadStreamEvent = HookEventSchema.parse(input);
    expect(parsed).toEqual({ type: 'error', code: 'custom', allow_retry: false });
  });

  it('may be what was parsed', () => {
    proven<Assignable<HookEvent, HookEventInput>>(true);
    proven<Assignable<ThreadItem, ThreadItemInput>>(true);
    const once = HookEventSchema.parse({ type: 'error' });
    expect(HookEventSchema.parse(once)).toEqual(once);
  });

  it('cannot have a misspelt key, though one that is given survives', () => {
    const misspelt: HookEventInput[] = [
      // @ts-expect-error The key is `allow_retry`.
      { type: 'error', allowRetry: true },
      // @ts-expect-error The key is `title`.
      { type: 'notice', level: 'info', message: 'x', titel: 'y' },
      // @ts-expect-error The key is `copy_text`.
      { type: 'thread.item.done', item: { ...base, type: 'widget', widget: { type: 'Card' }, copyText: 'x' } },
      // @ts-expect-error The key is `icon`.
      { type: 'thread.item.done', item: { ...base, type: 'task', task: { type: 'custom', icno: 'bolt' } } },
    ];
    expect(misspelt.map((event) => JSON.stringify(HookEventSchema.parse(event)))).toEqual([
      expect.stringContaining('allowRetry'),
      expect.stringContaining('titel'),
      expect.stringContaining('copyText'),
      expect.stringContaining('icno'),
    ]);
  });

  it('cannot lack what is needed or hold the wrong type', () => {
    const wrong: HookEventInput[] = [
      // @ts-expect-error `message` is missing.
      { type: 'notice', level: 'info' },
      // @ts-expect-error There is no such level.
      { type: 'notice', level: 'fatal', message: 'x' },
      // @ts-expect-error There is no such icon.
      { type: 'progress_update', text: 'x', icon: 'unicorn' },
      // @ts-expect-error There is no such item.
      { type: 'thread.item.done', item: { ...base, type: 'poll' } },
      // @ts-expect-error The server sends this one.
      { type: 'thread.updated', thread: { ...base } },
    ];
    expect(wrong.map((event) => HookEventSchema.safeParse(event).success)).toEqual(wrong.map(() => false));
  });

  it('leaves absent values out instead of writing null, which only parsing takes', () => {
    // @ts-expect-error null is not undefined.
    const event: HookEventInput = { type: 'error', message: null };
    expect(HookEventSchema.parse(event)).toEqual({ type: 'error', code: 'custom', allow_retry: false });
  });
});
