// Turns the script of a vector, which says in JSON what an application's hooks do, into options for the middleware.
import {
  AttachmentStore,
  type AttachmentCreateParams,
  type AttachmentInput,
  type ChatKitOptions,
  CustomStreamError,
  type HookEventInput,
  MemoryStore,
  StreamError,
  streamWidget,
  type Thread,
  type ThreadItem,
  type Turn,
  type UserMessageItem,
  type WidgetItem,
  type WidgetRoot,
} from 'chatkit-express';
import { storeUnderTest } from '../support/slow-store';

/** What one step of a hook can be, by name. A step is an object with one of these keys. */
interface Steps {
  /** Yields an event, whether or not it is one. */
  yield: unknown;
  bind: { name: string; value: unknown };
  /** Assigns to the thread; metadata is merged in place. */
  set_thread: Partial<Thread>;
  /** Changes a value inside the thread's metadata, in place. */
  set_metadata_deep: { path: string[]; value: unknown };
  /** Stores an item behind the server's back. */
  store_add: unknown;
  widget: { states: WidgetRoot[]; stream?: boolean; copy_text?: string };
  /** Answers with these fields of the hook's input, as JSON. */
  echo_input: string[];
  /** Sends the types of the thread's items as a notice; `echo_metadata` and `echo_action` do so with what they name. */
  echo_history: true;
  echo_metadata: true;
  echo_action: true;
  raise: { kind: 'custom' | 'stream' | 'error'; message: string; allow_retry: boolean };
  /** Never settles, and does not look at the signal. */
  hang: true;
  repeat: { times: number; as: string; do: Step[] };
}
type Step = { [Name in keyof Steps]: Record<Name, Steps[Name]> }[keyof Steps];

/** The application of a vector. A hook's list has one script a call; the last is used again. */
export interface ServerScript {
  respond?: Step[][];
  action?: Step[][];
  sync_action?: { widget?: WidgetRoot; set_thread?: Partial<Thread> };
  transcribe?: boolean;
  attachments?: boolean;
  allow_cancel?: boolean;
  /** The option `lockedThreads`. */
  locked_threads?: 'refuse' | 'allow';
}

type ScriptedTurn = Turn<unknown> & { input?: UserMessageItem | null; action?: unknown; sender?: WidgetItem | null };
interface Stage {
  turn: ScriptedTurn;
  variables: Map<string, unknown>;
}
type Outcome = unknown[] | AsyncIterable<unknown> | void;

/** `value` with each string `$name` replaced: `$now`, `$id:TYPE`, or a variable. */
export function fill(value: unknown, variables: ReadonlyMap<string, unknown>, turn?: Turn<unknown>): unknown {
  if (Array.isArray(value)) return value.map((element) => fill(element, variables, turn));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, fill(child, variables, turn)]));
  }
  if (typeof value !== 'string' || !value.startsWith('$')) return value;
  const name = value.slice(1);
  if (name === 'now') return new Date().toISOString();
  if (name.startsWith('id:') && turn) return turn.generateId(name.slice(3) as 'message');
  if (!variables.has(name)) throw new Error(`the vector uses ${value} before it is set`);
  return variables.get(name);
}

const notice = (message: string) => ({ type: 'notice', level: 'info', message });

function changeThread(thread: Thread, { metadata, ...assigned }: Partial<Thread>): void {
  Object.assign(thread, assigned);
  Object.assign(thread.metadata, metadata);
}

function setDeep(target: unknown, path: string[], value: unknown): void {
  const parent = path.slice(0, -1).reduce((inner, key) => (inner as Record<string, unknown>)[key], target);
  Object.assign(parent as object, { [path.at(-1)!]: value });
}

const perform: { [Name in keyof Steps]: (argument: Steps[Name], stage: Stage) => Outcome | Promise<Outcome> } = {
  yield: (event, { variables, turn }) => [fill(event, variables, turn)],
  bind: ({ name, value }, { variables, turn }) => void variables.set(name, fill(value, variables, turn)),
  set_thread: (change, { turn }) => changeThread(turn.thread, change),
  set_metadata_deep: ({ path, value }, { turn }) => setDeep(turn.thread.metadata, path, value),
  store_add: (item, { turn, variables }) =>
    turn.store.addThreadItem(turn.thread.id, fill(item, variables, turn) as ThreadItem, turn.context),
  widget: ({ states, stream, copy_text }, { turn: { thread, generateId } }) =>
    streamWidget(thread, stream ? oneByOne(states) : states[0]!, { copyText: copy_text, generateId }),
  echo_input: (keys, { turn }) => {
    const { input } = turn;
    const told = keys.filter((key) => input && key in input).map((key) => [key, input?.[key as 'content']]);
    const text = input ? pythonJson(Object.fromEntries(told)) : 'null';
    const base = { id: turn.generateId('message'), thread_id: turn.thread.id, created_at: new Date() };
    return [
      {
        type: 'thread.item.done',
        item: { ...base, type: 'assistant_message', content: [{ type: 'output_text', text }] },
      },
    ];
  },
  echo_history: async (_, { turn: { store, thread, context } }) => {
    const page = await store.loadThreadItems(thread.id, { limit: 100, after: null, order: 'asc' }, context);
    return [notice(page.data.map((item) => item.type).join(' '))];
  },
  echo_metadata: (_, { turn }) => [notice(JSON.stringify(turn.thread.metadata))],
  echo_action: (_, { turn: { action, sender } }) => [notice(JSON.stringify({ action, sender: sender?.id ?? null }))],
  raise: ({ kind, message, allow_retry: allowRetry }) => {
    if (kind === 'custom') throw new CustomStreamError(message, { allowRetry });
    if (kind === 'stream') throw new StreamError('stream.error', { allowRetry });
    throw new Error(message);
  },
  hang: () => new Promise<never>(() => undefined),
  repeat: ({ times, as: name, do: steps }, { turn, variables }) =>
    (async function* () {
      for (let count = 0; count < times; count++) {
        variables.set(name, `${name}_${String(count).padStart(3, '0')}`);
        yield* runSteps(steps, { turn, variables });
      }
    })(),
};

async function* runSteps(steps: Step[], stage: Stage): AsyncGenerator<HookEventInput, void, undefined> {
  for (const step of steps) {
    const [name, argument] = Object.entries(step)[0] as [keyof Steps, never];
    const outcome: Outcome = await perform[name](argument, stage);
    // Whatever the vector says: the server is to find out that it is no event.
    if (outcome) yield* outcome as AsyncIterable<HookEventInput>;
  }
}

async function* oneByOne(states: WidgetRoot[]): AsyncGenerator<WidgetRoot, void, undefined> {
  yield* states;
}

/** JSON with sorted keys and spaces, as the recorded answers have it in their texts. */
function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, child]) => `${JSON.stringify(key)}: ${pythonJson(child)}`).join(', ')}}`;
}

/**
 * Only describes attachments, as the reference's store does: their bytes are elsewhere.
 */
class ScriptedAttachmentStore extends AttachmentStore {
  override async createAttachment({ name, size, mime_type }: AttachmentCreateParams, context: unknown) {
    const id = this.generateAttachmentId(mime_type, context);
    const upload_descriptor = { url: `https://files.example/upload/${id}`, method: 'PUT', headers: { 'x-token': 't' } };
    const base = { id, name, mime_type, upload_descriptor, metadata: { size } };
    const attachment = mime_type.startsWith('image/')
      ? { ...base, type: 'image', preview_url: `https://files.example/preview/${id}` }
      : { ...base, type: 'file' };
    return attachment as AttachmentInput;
  }

  override async deleteAttachment(): Promise<void> {}
}

/** What a vector's hooks were told, for its `side_effects`. */
export interface SideEffects {
  feedback: unknown[];
}

/** The options of the application that the script describes. What it is told beyond the wire goes to `sideEffects`. */
export function scriptedOptions(script: ServerScript, sideEffects: SideEffects): ChatKitOptions {
  const {
    respond,
    action,
    sync_action: syncAction,
    transcribe,
    attachments,
    allow_cancel: allowCancel = true,
    locked_threads: lockedThreads,
  } = script;
  return {
    store: storeUnderTest(new MemoryStore()),
    ...(lockedThreads && { lockedThreads }),
    ...(attachments && { attachmentStore: new ScriptedAttachmentStore() }),
    respond: scriptedHook(respond ?? [[]]),
    ...(action && { action: scriptedHook(action) }),
    ...(syncAction && {
      syncAction: ({ thread, sender }) => {
        changeThread(thread, syncAction.set_thread ?? {});
        return { updated_item: sender && { ...sender, widget: syncAction.widget ?? sender.widget } };
      },
    }),
    ...(transcribe && {
      transcribe: ({ audio }) => ({ text: `${audio.mediaType}:${Buffer.from(audio.data).toString()}` }),
    }),
    addFeedback: ({ itemIds, kind }) => void sideEffects.feedback.push([itemIds, kind]),
    getStreamOptions: () => ({ allow_cancel: allowCancel }),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  };
}

function scriptedHook(scripts: Step[][]): (turn: ScriptedTurn) => AsyncIterable<HookEventInput> {
  let calls = 0;
  return (turn) => {
    const steps = scripts[Math.min(calls++, scripts.length - 1)]!;
    return runSteps(steps, { turn, variables: new Map([['thread.id', turn.thread.id]]) });
  };
}
