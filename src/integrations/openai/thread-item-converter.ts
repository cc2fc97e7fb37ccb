// Converts the items of a thread into input for a model, with one method to override for each type of item.
import { ChatKitError } from '../../errors';
import { consoleLogger, type Logger } from '../../logger';
import type {
  AssistantMessageItem,
  Attachment,
  ClientToolCallItem,
  EndOfTurnItem,
  GeneratedImageItem,
  HiddenContextItem,
  SdkHiddenContextItem,
  StructuredInputItem,
  TaskItem,
  ThreadItem,
  UserMessageItem,
  UserMessageTag,
  WidgetItem,
  WorkflowItem,
} from '../../protocol';
import { divideHistory } from '../remembered';
import { chatMessages } from './chat-messages';
import { type AttachmentLookup, FileDecisions } from './file-decisions';
import { contentOf, type FileContent, type FileForm, formOf, readAnyText } from './file-form';
import type { ChatMessage, InputContent, InputItem } from './input-types';
import { rememberedChat, rememberedInput } from './remember-answer';
import type { ReturnedContent, ReturnedInput } from './returned-input';

/** Reads attachments, as `turn.attachments` of a hook does. */
export interface AttachmentReader {
  /** Resolves to the attachment as a data URL. Rejects with ChatKitError `not_found` or `too_large`. */
  toDataUrl(attachment: Attachment): Promise<string>;
}

/** Options of a converter. The turn of a hook fits. */
export interface ThreadItemConverterOptions {
  /** Reads the attachments. Default: attachments are sent by name only, with a warning in the log. */
  attachments?: AttachmentReader | undefined;
  /** Receives the warnings. Default: the console. */
  logger?: Logger | undefined;
  /** With `context`: finds the files that a provider has refused. */
  store?: AttachmentLookup | undefined;
  context?: unknown;
  /** The items that the client has just completed. The tools that the user approved in them may run. Default: none. */
  completed?: readonly { readonly id: string }[] | undefined;
  /**
   * Decides how a file is sent: as `text`, `image`, `file`, or only its `name`. Default, also for undefined: by its
   * bytes. Text is sent as text, PNG, JPEG, GIF and WebP as images, PDFs as files, and all others by name with a
   * warning.
   */
  files?: ((attachment: Attachment, bytes: Uint8Array) => FileForm | undefined) | undefined;
}

/** The input for an item: one item of input, several, or none. */
export type Input = InputItem | InputItem[] | null;
type Returned = ReturnedInput | ReturnedInput[] | null;
type InputItems = Returned | Promise<Returned>;
type Content = ReturnedContent | ReturnedContent[];

/**
 * Converts the items of a thread into input for a model, in order. Extend it to change one type of item:
 *
 * ```ts
 * class Converter extends ThreadItemConverter {
 *   override widgetToInput() { return null; } // the model need not know
 * }
 * const input = await new Converter(turn).toResponseInput(items);
 * ```
 */
export class ThreadItemConverter {
  readonly #attachments: AttachmentReader | undefined;
  readonly #logger: Logger;
  readonly #files: ThreadItemConverterOptions['files'];
  /** Knows how the attachments of this turn are sent. @internal */
  readonly decisions: FileDecisions;
  /** The ids of the items that the client has just completed. @internal */
  readonly completed: ReadonlySet<string>;

  constructor({ attachments, logger, store, context, files, completed = [] }: ThreadItemConverterOptions = {}) {
    this.#attachments = attachments;
    this.#logger = logger ?? consoleLogger;
    this.#files = files;
    this.decisions = new FileDecisions(store, context);
    this.completed = new Set(completed.map(({ id }) => id));
  }

  /**
   * Makes input for the Responses API. @param items oldest first, hidden items included, as from {@link recentItems}.
   */
  async toResponseInput(items: ThreadItem | readonly ThreadItem[]): Promise<InputItem[]> {
    const list = asList(items);
    const input: InputItem[] = [];
    for (const part of divideHistory(list, 'responses')) {
      input.push(...(part.items ? await this.inputOf(part.items, newestMessage(list)) : rememberedInput(part)));
    }
    return input;
  }

  /**
   * Makes messages for Chat Completions. Adjacent messages of one role become one message, because many providers accept only
   * alternating roles. Remembered messages stay as they are.
   */
  async toChatMessages(items: ThreadItem | readonly ThreadItem[]): Promise<ChatMessage[]> {
    const list = asList(items);
    const messages: ChatMessage[] = [];
    for (const part of divideHistory(list, 'chat')) {
      if (part.items) messages.push(...chatMessages(await this.inputOf(part.items, newestMessage(list)), this.#logger));
      else messages.push(...rememberedChat(part));
    }
    return messages;
  }

  /** Converts the items of a part of a history. @param newest the newest message of the user in the history. @internal */
  async inputOf(items: readonly ThreadItem[], newest: ThreadItem | undefined): Promise<InputItem[]> {
    const input: InputItem[] = [];
    for (const item of items) {
      const converted = ((await this.#convert(item, item === newest)) as Input) ?? [];
      if (Array.isArray(converted)) input.push(...converted);
      else input.push(converted);
    }
    return input;
  }

  /**
   * Converts a user's message: its text with tags as `@name`, its attachments, the quoted text, and the data of the
   * tags.
   */
  async userMessageToInput(item: UserMessageItem, isNewest: boolean): Promise<Returned> {
    const text = item.content.map((part) => (part.type === 'input_tag' ? `@${part.text}` : part.text)).join('');
    const attachments = await Promise.all(item.attachments.map((attachment) => this.#attachment(attachment)));
    const parts = attachments.flat();
    // Some providers refuse a part without text. An empty message is not left out.
    const shown = text.trim() === '' ? (parts.length > 0 ? [] : [noText]) : [{ type: 'input_text' as const, text }];
    const said: InputContent[] = [...shown, ...parts];
    const input: InputItem[] = [{ type: 'message', role: 'user', content: said }];
    if (item.quoted_text && isNewest) {
      input.push(userMessage(`The user is referring to this in particular: \n${item.quoted_text}`));
    }
    const tags = new Map<string, UserMessageTag>();
    for (const part of item.content) if (part.type === 'input_tag' && !tags.has(part.text)) tags.set(part.text, part);
    if (tags.size > 0) {
      const context = await Promise.all(
        [...tags.values()].map(async (tag) => (await this.tagToContent(tag)) as InputContent | InputContent[]),
      );
      input.push({
        type: 'message',
        role: 'user',
        content: [{ type: 'input_text', text: tagsAre }, ...context.flat()],
      });
    }
    return input;
  }

  /**
   * Converts an attachment, by default as the option `files` decides. An attachment that is missing, too large or
   * unreadable is sent by name, so that an old message never stops a conversation.
   */
  async attachmentToContent(attachment: Attachment): Promise<Content> {
    const { name, mime_type } = attachment;
    let url: string;
    try {
      if (!this.#attachments)
        throw new ChatKitError('not_implemented', 'the converter has no `attachments` option to read files with');
      url = await this.#attachments.toDataUrl(attachment);
    } catch (error) {
      if (!(error instanceof ChatKitError) || !untellable.has(error.code)) throw error;
      this.#logger.warn(
        { err: error, attachment_id: attachment.id },
        'an attachment could not be read, so the model receives only its name',
      );
      return byName(attachment);
    }
    const content = contentOf(url, attachment);
    const form = content
      ? (this.#files?.(attachment, content.bytes) ?? formOf(attachment, content.bytes))
      : /^image\//.test(mime_type)
        ? 'image'
        : 'file';
    const typed = content && content.mimeType !== mime_type ? dataUrl(content) : url;
    switch (form) {
      case 'image':
        return { type: 'input_image', detail: 'auto', image_url: typed };
      case 'file':
        return { type: 'input_file', filename: name, file_data: typed };
      case 'text': {
        const text = content ? readAnyText(content.bytes) : '';
        return { type: 'input_text', text: `<Attachment name=${JSON.stringify(name)}>\n${text}\n</Attachment>` };
      }
      case 'name':
        this.#logger.warn({ attachment_id: attachment.id, mime_type }, 'a file is sent to the model by its name only');
        return byName(attachment);
    }
  }

  /** Converts an attachment, unless a provider has refused it. */
  async #attachment(attachment: Attachment): Promise<InputContent | InputContent[]> {
    if (await this.decisions.isRefused(attachment)) {
      this.decisions.sent.delete(attachment.id);
      return byName(attachment);
    }
    const content = (await this.attachmentToContent(attachment)) as InputContent | InputContent[];
    const isText = [content].flat().every(({ type }) => type === 'input_text');
    if (!isText) this.decisions.sent.set(attachment.id, attachment);
    return content;
  }

  /** Converts a tag, by default into its name and its data as JSON. Validate the data, because the client sends it. */
  tagToContent(tag: UserMessageTag): Content | Promise<Content> {
    const { id, text, group, data } = tag;
    return { type: 'input_text', text: `@${text}: ${JSON.stringify({ id, ...(group && { group }), data })}` };
  }

  /** Converts an answer: its text, without its sources. */
  assistantMessageToInput(item: AssistantMessageItem): InputItems {
    const content = item.content.map(({ text }) => text).filter((text) => text.trim() !== '');
    return content.length > 0 ? { type: 'message', role: 'assistant', content: content.join('\n\n') } : null;
  }

  /**
   * Converts a client tool's call with its output. A pending call is left out, because models refuse a call without
   * output.
   */
  clientToolCallToInput(item: ClientToolCallItem): InputItems {
    if (item.status === 'pending') return null;
    const { call_id, name } = item;
    return [
      { type: 'function_call', call_id, name, arguments: JSON.stringify(item.arguments) },
      { type: 'function_call_output', call_id, output: JSON.stringify(item.output ?? null) },
    ];
  }

  /** Converts a widget: its JSON. */
  widgetToInput(item: WidgetItem): InputItems {
    const widget = JSON.stringify(item.widget);
    return userMessage(`The following graphical UI widget (id: ${item.id}) was displayed to the user:${widget}`);
  }

  /** Converts a workflow: its custom tasks, without thoughts and searches. */
  workflowToInput(item: WorkflowItem): InputItems {
    return item.workflow.tasks.flatMap((task) => taskMessage(task) ?? []);
  }

  /** Converts a custom task. Other tasks are left out. */
  taskToInput(item: TaskItem): InputItems {
    return taskMessage(item.task);
  }

  /** Converts a form: its questions with their answers. */
  structuredInputToInput(item: StructuredInputItem): InputItems {
    const lines = item.inputs.map(({ question, answer }) => {
      if (!answer) return `- ${question}: unanswered`;
      return `- ${question}: ${answer.skipped ? 'skipped' : answer.values.join(', ')}`;
    });
    return userMessage(
      'A structured input request was displayed to the user with the following ' +
        `status: ${item.status}\n<StructuredInput>\n${lines.join('\n')}\n</StructuredInput>`,
    );
  }

  /** Converts an application's note to the model: its text, or its JSON. */
  hiddenContextToInput(item: HiddenContextItem): InputItems {
    return hiddenMessage(typeof item.content === 'string' ? item.content : JSON.stringify(item.content));
  }

  /** Converts a note of this package, such as that the user stopped the answer. */
  sdkHiddenContextToInput(item: SdkHiddenContextItem): InputItems {
    return hiddenMessage(item.content);
  }

  /** Converts an image of the model. Override it when the provider cannot load its URL. */
  generatedImageToInput(item: GeneratedImageItem): InputItems {
    if (!item.image) return null;
    const content: InputContent[] = [
      { type: 'input_text', text: 'The following image was generated by the agent.' },
      { type: 'input_image', detail: 'auto', image_url: item.image.url },
    ];
    return { type: 'message', role: 'user', content };
  }

  /** Leaves out the item, which is for the page. */
  endOfTurnToInput(_item: EndOfTurnItem): InputItems {
    return null;
  }

  #convert(item: ThreadItem, isNewest: boolean): InputItems {
    switch (item.type) {
      case 'user_message':
        return this.userMessageToInput(item, isNewest);
      case 'assistant_message':
        return this.assistantMessageToInput(item);
      case 'client_tool_call':
        return this.clientToolCallToInput(item);
      case 'widget':
        return this.widgetToInput(item);
      case 'workflow':
        return this.workflowToInput(item);
      case 'task':
        return this.taskToInput(item);
      case 'structured_input':
        return this.structuredInputToInput(item);
      case 'hidden_context_item':
        return this.hiddenContextToInput(item);
      case 'sdk_hidden_context':
        return this.sdkHiddenContextToInput(item);
      case 'generated_image':
        return this.generatedImageToInput(item);
      case 'end_of_turn':
        return this.endOfTurnToInput(item);
      default: {
        const { id, type } = item as { id: string; type: string };
        this.#logger.warn({ item_id: id, type }, 'an item of an unknown type is not sent to the model');
        return null;
      }
    }
  }
}

/** Returns the items of a history, which may be a single item. */
export function asList(items: ThreadItem | readonly ThreadItem[]): readonly ThreadItem[] {
  return Array.isArray(items) ? (items as readonly ThreadItem[]) : [items as ThreadItem];
}

/** Returns the newest message of the user. */
export function newestMessage(items: readonly ThreadItem[]): ThreadItem | undefined {
  return items.findLast(({ type }) => type === 'user_message');
}

/** The content of an empty message. */
const noText: InputContent = { type: 'input_text', text: '(This message has no text.)' };

/** The errors of an attachment that do not stop the conversation. */
const untellable = new Set<string>(['not_found', 'too_large', 'not_implemented']);

const tagsAre =
  '# User-provided context for @-mentions\n' +
  "- When referencing resolved entities, use their canonical names **without** '@'.\n" +
  "- The '@' form appears only in user text and should not be echoed.";

function userMessage(text: string): InputItem {
  return { type: 'message', role: 'user', content: [{ type: 'input_text', text }] };
}

function hiddenMessage(content: string): InputItem {
  return userMessage(
    `Hidden context for the agent (not shown to the user):\n<HiddenContext>\n${content}\n</HiddenContext>`,
  );
}

function taskMessage(task: TaskItem['task']): InputItem | null {
  if (task.type !== 'custom') return null;
  const text = [task.title, task.content].filter(Boolean).join(': ');
  if (text === '') return null;
  return userMessage(
    `A message was displayed to the user that the following task was performed:\n<Task>\n${text}\n</Task>`,
  );
}

function byName({ name, mime_type }: Attachment): InputContent {
  return { type: 'input_text', text: `[The user attached a file that cannot be read: ${name} (${mime_type})]` };
}

function dataUrl({ bytes, mimeType }: FileContent): string {
  return `data:${mimeType};base64,${Buffer.from(bytes).toString('base64')}`;
}
