import {
  type ActionTurn,
  AttachmentStore,
  type BytesInfo,
  type BytesKey,
  chatkitMiddleware,
  type ItemIdType,
  MemoryStore,
  messageText,
  newItem,
  NotFoundError,
  streamAnswer,
  streamWidget,
  type UploadDescriptor,
  type WidgetItem,
  type WidgetRoot,
} from 'chatkit-express';
import express from 'express';

const prefixes = { message: 'msg', tool_call: 'tc', task: 'tsk', workflow: 'wf', sdk_hidden_context: 'shcx' };
const counts = new Map<string, number>();

/** Returns a numbered id, so that this page can be followed step by step. */
function count(prefix: string): string {
  const number = (counts.get(prefix) ?? 0) + 1;
  counts.set(prefix, number);
  return `${prefix}_${number}`;
}

class CountingStore extends MemoryStore {
  override generateThreadId(): string {
    return count('thr');
  }
  override generateItemId(type: ItemIdType): string {
    return count(prefixes[type]);
  }
}

/** Returns a URL for the upload, and stores nothing. */
class UploadElsewhere extends AttachmentStore {
  override generateAttachmentId(): string {
    return count('atc');
  }
  override async createUploadDescriptor({ id }: BytesKey): Promise<UploadDescriptor> {
    return { url: `https://files.example.com/${id}?signature=abc`, method: 'PUT', headers: {} };
  }
  override async writeBytes(): Promise<BytesInfo> {
    throw new Error('This example keeps nothing');
  }
  override async readBytes(): Promise<never> {
    throw new NotFoundError('There is nothing');
  }
  override async statBytes(): Promise<never> {
    throw new NotFoundError('There is nothing');
  }
  override async deleteBytes(): Promise<void> {}
}

function lamp(on: boolean): WidgetRoot {
  const onClickAction = { type: 'lamp.switch', payload: { on: !on } };
  const button = { type: 'Button', label: on ? 'Switch off' : 'Switch on', onClickAction };
  return { type: 'Card', children: [{ type: 'Text', value: `The lamp is ${on ? 'on' : 'off'}.` }, button] };
}

/** Returns the lamp's item in the state that the action requests. */
function switched({ action, sender }: ActionTurn<unknown>): WidgetItem {
  if (!sender) throw new Error('This action belongs to a widget');
  return { ...sender, widget: lamp((action.payload as { on?: unknown } | undefined)?.on === true) };
}

/** A placeholder for a model: yields a text in two pieces. */
async function* inPieces(start: string, end: string) {
  yield start;
  yield end;
}

const app = express();

app.use(
  '/chatkit',
  chatkitMiddleware({
    store: new CountingStore(),
    attachmentStore: new UploadElsewhere(),
    uploads: { publicUrl: 'http://localhost:3000/chatkit' },

    async *respond(turn) {
      const { thread, input, completed, generateId } = turn;

      if (!input) {
        const [item] = completed;
        const isTool = item?.type === 'client_tool_call';
        const [start, end] = isTool ? ['It is ', JSON.stringify(item.output)] : ['Thank you', '.'];
        yield* streamAnswer(turn, inPieces(start, end));
        return;
      }

      const question = messageText(input);
      thread.title ??= question;
      if (question.includes('time')) {
        const call = { call_id: 'call_1', name: 'get_time' };
        yield { type: 'thread.item.done', item: { ...newItem(turn, 'client_tool_call'), ...call } };
      } else if (question.includes('pizza')) {
        const options = [{ value: 'Margherita' }, { value: 'Funghi' }];
        const inputs = [{ type: 'multiple_choice' as const, id: 'kind', question: 'Which one?', options }];
        yield { type: 'thread.item.done', item: { ...newItem(turn, 'structured_input'), inputs } };
      } else if (question.includes('lamp')) {
        yield* streamWidget(thread, lamp(false), { generateId });
      } else yield* streamAnswer(turn, inPieces('You said: ', question));
    },

    async *action(turn) {
      yield { type: 'thread.item.replaced', item: switched(turn) };
    },
    syncAction: (turn) => ({ updated_item: switched(turn) }),
    addFeedback: ({ kind, itemIds }) => console.log(`${kind} feedback for ${itemIds.join(', ')}`),
    transcribe: ({ audio }) => ({ text: `${audio.data.length} bytes of ${audio.mediaType}` }),
  }),
);

app.listen(3000);
