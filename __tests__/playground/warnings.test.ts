// What the inspector warns of: everything that the official client was seen to trip over.
import type { Exchange } from '../../playground/src/protocol/exchange';
import { warningsOf } from '../../playground/src/protocol/warnings';
import { jsonExchange, streamExchange } from './exchanges';
import { added, assistantMessage, created, done, item, options, thread, updated, userMessage } from './scripted';

const codes = (exchange: Exchange) => warningsOf(exchange).map(({ code }) => code);
const part = { type: 'output_text', text: '', annotations: [] };
const partAdded = { type: 'assistant_message.content_part.added', content_index: 0, content: part };
const delta = (content_index = 0) => ({
  type: 'assistant_message.content_part.text_delta',
  content_index,
  delta: 'word',
});
const empty = item('assistant_message', 'msg_answer', { content: [] });
const call = item('client_tool_call', 'tc_1', { call_id: 'c', name: 'n', arguments: {}, status: 'pending' });
const loading = { type: 'custom', title: 'Look', status_indicator: 'loading' };
const complete = { ...loading, status_indicator: 'complete' };
const workflow = (...tasks: object[]) => item('workflow', 'wf_1', { workflow: { type: 'custom', tasks } });
const card = { type: 'Card', children: [] };

const create = (...events: unknown[]) =>
  streamExchange('threads.create', [created, done(userMessage()), options, ...events]);
const retry = (...events: unknown[]) => streamExchange('threads.retry_after_item', [options, ...events]);
const refused = (status: number, body = '{"message":"no"}') =>
  streamExchange('threads.create', [], {
    status,
    responseBody: body,
    responseHeaders: { 'content-type': 'application/json' },
  });
const listOf = (data: unknown[], more: object = {}) => jsonExchange('threads.list', { data, has_more: false, ...more });

describe('nothing is said of', () => {
  it.each<[string, Exchange]>([
    [
      'a new thread',
      create(added(empty), updated('msg_answer', partAdded), updated('msg_answer', delta()), done(assistantMessage())),
    ],
    ['a retry', retry(done(assistantMessage()))],
    ['a client tool that is done', create(done(call))],
    ['a workflow that goes on after a client tool', create(added(workflow(loading)), done(call))],
    [
      'a workflow that ends',
      retry(
        added(workflow(loading)),
        updated('wf_1', { type: 'workflow.task.updated', task_index: 0, task: complete }),
        done(workflow(complete)),
      ),
    ],
    ['a client tool that answered null', retry(done({ ...call, status: 'completed', output: null }))],
    [
      'a widget that is added, updated and done',
      retry(
        added(item('widget', 'w', { widget: card })),
        updated('w', { type: 'widget.root.updated', widget: { type: 'Basic' } }),
        done(item('widget', 'w', { widget: card })),
      ),
    ],
    [
      'an update of the widget that an action came from',
      streamExchange('threads.custom_action', [options, updated('w', { type: 'widget.root.updated', widget: card })], {
        params: { thread_id: 'thr_1', item_id: 'w' },
      }),
    ],
    ['a stream that was stopped', streamExchange('threads.create', [created], { outcome: 'aborted' })],
    ['a list', listOf([thread()])],
    ['a page with more', listOf([thread()], { has_more: true, after: 'thr_1' })],
    [
      'a thread',
      jsonExchange(
        'threads.get_by_id',
        thread({ items: { data: [userMessage(), assistantMessage()], has_more: false } }),
      ),
    ],
    ['an upload', jsonExchange('upload', { id: 'atc_1', mime_type: 'text/plain' }, { kind: 'upload' })],
    ['raw bytes that are answered with nothing', jsonExchange('upload', '', { kind: 'upload', method: 'PUT' })],
    [
      'an attachment',
      jsonExchange('attachments.create', {
        id: 'atc_1',
        type: 'file',
        upload_descriptor: { url: '/u', method: 'PUT' },
      }),
    ],
    [
      'a request that was refused in words',
      jsonExchange('threads.update', { message: 'No such thread' }, { status: 404 }),
    ],
  ])('%s', (_name, exchange) => {
    expect(warningsOf(exchange)).toEqual([]);
  });
});

describe('a warning is given of', () => {
  it.each<[string, Exchange, string[]]>([
    // Answers to streaming requests
    ['a stream that is answered 5xx', refused(500), ['stream_5xx']],
    ['a stream that is answered 4xx', refused(404), ['stream_4xx']],
    ['a stream that is answered with JSON', refused(200), ['stream_not_sse']],
    [
      'a stream that breaks off',
      streamExchange('threads.create', [created], { outcome: 'failed' }),
      ['stream_broke_off'],
    ],
    ['a stream without an event', streamExchange('threads.retry_after_item', []), ['stream_empty']],
    [
      'a stream that a proxy may hold back',
      { ...create(), responseHeaders: { 'content-type': 'text/event-stream' } },
      ['stream_may_be_held_back'],
    ],

    // What a stream begins with
    [
      'events before thread.created',
      streamExchange('threads.create', [options, created, done(userMessage())]),
      ['before_thread_created'],
    ],
    [
      'a new thread without thread.created',
      streamExchange('threads.create', [options, done(userMessage())]),
      ['before_thread_created', 'before_thread_created'],
    ],
    [
      'a message that the server never sends',
      streamExchange('threads.create', [created, options]),
      ['no_user_message'],
    ],
    [
      'a message that is never sent to an old thread',
      streamExchange('threads.add_user_message', [options]),
      ['no_user_message'],
    ],
    [
      'no stream_options',
      streamExchange('threads.retry_after_item', [done(assistantMessage())]),
      ['no_stream_options'],
    ],

    // Frames and types
    ['[DONE]', retry('[DONE]'), ['bad_frame']],
    ['bad JSON', retry('{"type":'), ['bad_frame']],
    ['an unknown type of event', retry({ type: 'thread.item.renamed' }), ['unknown_event_type']],
    ['an event without a type', retry({ item: 1 }), ['unknown_event_type']],
    ['an unknown type of item', retry(done(item('hologram', 'h'))), ['unknown_item_type']],
    ['a hidden item', retry(done(item('hidden_context_item', 'h', { content: 'x' }))), ['hidden_item']],

    // Updates
    [
      'a delta for a part that was never added',
      retry(added(empty), updated('msg_answer', delta()), done(assistantMessage())),
      ['delta_without_part'],
    ],
    [
      'a delta for another part',
      retry(added(empty), updated('msg_answer', partAdded), updated('msg_answer', delta(1)), done(assistantMessage())),
      ['delta_without_part'],
    ],
    ['an update of an item that is not there', retry(updated('msg_x', delta())), ['update_of_unknown_item']],
    [
      'an update of an item that was removed',
      retry(added(empty), { type: 'thread.item.removed', item_id: 'msg_answer' }, updated('msg_answer', partAdded)),
      ['update_of_unknown_item'],
    ],
    ['an item that is never done', retry(added(assistantMessage())), ['never_done']],
    [
      'an update after the item is done',
      retry(done(assistantMessage()), updated('msg_answer', delta())),
      ['update_after_done'],
    ],
    ['two items with the same id', retry(done(assistantMessage()), done(assistantMessage())), ['item_twice']],
    ['a message without text', retry(done(assistantMessage('msg_answer', ' '))), ['message_without_text']],
    ['a finished workflow with a task that is loading', retry(done(workflow(loading))), ['loading_task']],
    [
      'a task that was never added',
      retry(
        added(workflow(loading)),
        updated('wf_1', { type: 'workflow.task.updated', task_index: 1, task: complete }),
        done(workflow(complete)),
      ),
      ['update_of_unknown_task'],
    ],
    [
      'a stream that ends in an error',
      retry({ type: 'error', code: 'stream.error', allow_retry: true }),
      ['stream_ended_in_error'],
    ],
    ['a client tool sent as added and as done', retry(added(call), done(call)), ['client_tool_twice']],
    ['a widget whose root is no root', retry(done(item('widget', 'w', { widget: { type: 'Text' } }))), ['widget_root']],
    [
      'an update to a root that is none',
      retry(
        added(item('widget', 'w', { widget: card })),
        updated('w', { type: 'widget.root.updated', widget: { type: 'Row' } }),
        done(item('widget', 'w', { widget: card })),
      ),
      ['widget_root'],
    ],
    ['an item of another thread', retry(done({ ...assistantMessage(), thread_id: 'thr_2' })), ['other_thread']],

    // Items and threads, in streams and pages
    ['a placeholder for an id', retry(done(assistantMessage('__fake_id__'))), ['placeholder_id']],
    ['an item without an id', retry(done({ ...assistantMessage(), id: '' })), ['item_without_id']],
    ['a null', retry(done({ ...userMessage(), quoted_text: null })), ['null_value']],
    [
      'a time without a zone',
      retry(done({ ...assistantMessage(), created_at: '2026-01-02T03:04:05' })),
      ['time_without_zone'],
    ],
    ['a message without attachments', retry(done({ ...userMessage(), attachments: undefined })), ['missing_default']],
    [
      'text without annotations',
      retry(done(item('assistant_message', 'a', { content: [{ type: 'output_text', text: 'x' }] }))),
      ['missing_default'],
    ],
    ['a thread without a status', listOf([{ ...thread(), status: undefined }]), ['missing_default']],
    ['a thread with its metadata', listOf([thread({ metadata: { user: 7 } })]), ['thread_metadata']],
    [
      'a thread in a stream with its metadata',
      retry({ type: 'thread.updated', thread: thread({ metadata: { user: 7 } }) }),
      ['thread_metadata'],
    ],
    [
      'an attachment with its metadata',
      retry(done({ ...userMessage(), attachments: [{ id: 'a', metadata: { path: '/x' } }] })),
      ['attachment_metadata'],
    ],
    [
      'a hidden item in a page',
      jsonExchange('items.list', { data: [item('sdk_hidden_context', 'h')], has_more: false }),
      ['hidden_item'],
    ],
    [
      'an item in the answer of an action',
      jsonExchange('threads.sync_custom_action', { updated_item: item('widget', 'w', { widget: { type: 'Button' } }) }),
      ['widget_root'],
    ],

    // Pages
    ['no page', jsonExchange('threads.list', [thread()]), ['not_a_page']],
    ['a page without a cursor', listOf([thread()], { has_more: true }), ['cursor_is_not_the_last_id']],
    [
      'another cursor than the last id',
      listOf([thread()], { has_more: true, after: '20' }),
      ['cursor_is_not_the_last_id'],
    ],
    ['an empty page with more', listOf([], { has_more: true }), ['empty_page_with_more']],
    [
      'a thread without items',
      jsonExchange('threads.get_by_id', { ...thread(), items: undefined }),
      ['thread_without_items'],
    ],
    [
      'the newest items first',
      jsonExchange(
        'threads.get_by_id',
        thread({
          items: {
            data: [{ ...assistantMessage(), created_at: '2027-01-01T00:00:00Z' }, userMessage()],
            has_more: false,
          },
        }),
      ),
      ['items_not_ascending'],
    ],

    // Other answers
    ['a 200 that is not JSON', jsonExchange('threads.delete', 'deleted'), ['json_not_json']],
    [
      'an error without a message',
      jsonExchange('threads.update', { error: 'no' }, { status: 404 }),
      ['error_without_message'],
    ],
    [
      'a limit that is refused',
      jsonExchange('threads.list', { message: 'limit too large' }, { status: 400, params: { limit: 9999 } }),
      ['limit_refused'],
    ],
    [
      'an unknown request that is answered 5xx',
      jsonExchange('attachments.get_preview', { message: 'what?' }, { status: 500 }),
      ['json_5xx'],
    ],

    // Attachments
    [
      'an attachment without an address to upload to',
      jsonExchange('attachments.create', { id: 'a', type: 'file' }),
      ['no_upload_descriptor'],
    ],
    [
      'a method in small letters',
      jsonExchange('attachments.create', { id: 'a', type: 'file', upload_descriptor: { url: '/u', method: 'put' } }),
      ['upload_method'],
    ],
    [
      'an image without a preview',
      jsonExchange('attachments.create', { id: 'a', type: 'image', upload_descriptor: { url: '/u', method: 'PUT' } }),
      ['image_without_preview'],
    ],
    [
      'an upload without an attachment',
      jsonExchange('upload', { ok: true }, { kind: 'upload' }),
      ['upload_without_attachment'],
    ],
  ])('%s', (_name, exchange, expected) => {
    expect(codes(exchange)).toEqual(expected);
    for (const { message } of warningsOf(exchange)) expect(message).toMatch(/[.:]/);
  });
});

it('names the event that a warning is about', () => {
  expect(warningsOf(retry(added(empty), updated('msg_answer', delta()), done(assistantMessage())))).toMatchObject([
    { code: 'delta_without_part', level: 'error', event: 2 },
  ]);
});

it('says the same thing of the same mistake once', () => {
  const nulls = [1, 2, 3].map((number) => done({ ...userMessage(`msg_${number}`), quoted_text: null }));
  expect(codes(retry(...nulls))).toEqual(['null_value']);
});

describe('a stream that ends in an error', () => {
  const messageOf = (event: object) => warningsOf(retry({ type: 'error', ...event }))[0]?.message;

  it('says that the log of the server has the reason', () => {
    expect(messageOf({ code: 'stream.error' })).toMatch(/server's log.*exposeErrors/);
  });

  it('says the reason where the server shows its log', () => {
    const log = {
      level: 'error',
      message: 'respond failed',
      fields: { thread_id: 'thr_1' },
      err: 'Error: down\n  at x',
    };
    expect(messageOf({ code: 'stream.error', log })).toMatch(/respond failed, thread_id: thr_1: Error: down$/);
  });

  it('repeats the words for the user', () => {
    expect(messageOf({ code: 'custom', message: 'Out of words' })).toMatch(/"Out of words"/);
  });
});
