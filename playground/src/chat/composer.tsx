// The composer of a message: text with mentions, a quotation, files, the model and the tool, or a recording.
import { ArrowUp, LoaderCircle, Mic, Square, X } from 'lucide-react';
import { type ClipboardEvent, type DragEvent, type KeyboardEvent, type RefObject, useState } from 'react';
import { flushSync } from 'react-dom';
import type { PlaygroundEntity } from '../../../src/playground/config';
import { useChat, usePlayground } from '../page/playground';
import { useStore } from '../page/store';
import { contentOf, segmentsOf } from '../protocol/message-content';
import { IconButton } from '../ui/button';
import { AttachmentBar } from './attachment-bar';
import { FilePicker } from './file-picker';
import { changeDraft, composerDraft } from './composer-draft';
import { MentionList, mentionListId, mentionOptionId } from './mention-list';
import { ModelPicker, ToolPicker } from './pickers';
import { type Attachments, useAttachments } from './use-attachments';
import { useDictation } from './use-dictation';
import { type Mentions, useMentions } from './use-mentions';

const noEntities: readonly PlaygroundEntity[] = [];

export function Composer({ input }: { input: RefObject<HTMLTextAreaElement | null> }) {
  const { config } = usePlayground();
  const attachments = useAttachments();
  const mentions = useMentions(config.entities ?? noEntities);
  const { ready, send } = useSend(attachments);
  const drop = useDrop(attachments);
  return (
    <form
      className="composer"
      aria-label="Message"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      {...drop}
    >
      <QuotePreview />
      <AttachmentBar {...attachments} />
      <MessageField input={input} mentions={mentions} attachments={attachments} onSend={send} />
      <div className="composer-tools">
        {config.uploads !== false && <FilePicker accept={config.uploads?.accept} onFiles={attachments.add} />}
        <ToolPicker />
        <ModelPicker />
        <span className="grow" />
        <DictationButton input={input} />
        <SendButton ready={ready} />
      </div>
    </form>
  );
}

/** Sends the content of the composer, if there is any and no other message is being sent. */
function useSend(attachments: Attachments): { ready: boolean; send: () => void } {
  const { client, config } = usePlayground();
  const { run } = useChat();
  const { text, quote, model, tool } = useStore(composerDraft);
  const uploading = attachments.drafts.some(({ attachment, failure }) => !attachment && failure === undefined);
  const empty = text.trim() === '' && !attachments.drafts.some(({ attachment }) => attachment);
  const ready = !empty && !uploading && !run;
  const send = () => {
    if (!ready) return;
    const taken = attachments.take();
    changeDraft({ text: '', quote: '' });
    const message = {
      content: contentOf(text, config.entities ?? noEntities),
      attachments: taken.ids,
      quoted_text: quote,
      inference_options: { ...(model && { model }), ...(tool && { tool_choice: { id: tool } }) },
    };
    void client.send(message).then((sent) => {
      if (sent) return;
      changeDraft({ text, quote }); // the server refused the message, so that the text is restored
      taken.putBack();
    });
  };
  return { ready, send };
}

/** Files can be dropped on the composer. */
function useDrop({ add }: Attachments) {
  const { config } = usePlayground();
  const [dragged, setDragged] = useState(false);
  if (config.uploads === false) return {};
  return {
    'data-dragged': dragged,
    onDragOver(event: DragEvent) {
      event.preventDefault();
      setDragged(true);
    },
    onDragLeave: () => setDragged(false),
    onDrop(event: DragEvent) {
      event.preventDefault();
      setDragged(false);
      add(event.dataTransfer.files);
    },
  };
}

function DictationButton({ input }: { input: RefObject<HTMLTextAreaElement | null> }) {
  const { state, toggle } = useDictation((said) => {
    changeDraft({ text: `${composerDraft.get().text} ${said}`.trim() });
    input.current?.focus();
  });
  return (
    <IconButton
      icon={state === 'transcribing' ? LoaderCircle : Mic}
      className={`dictate dictate-${state}`}
      label={state === 'recording' ? 'Stop the recording' : 'Dictate'}
      aria-pressed={state === 'recording'}
      disabled={state === 'transcribing'}
      onClick={toggle}
    />
  );
}

/** Send; while an answer comes, Stop, unless the server said that there is none. */
function SendButton({ ready }: { ready: boolean }) {
  const { client } = usePlayground();
  const { run } = useChat();
  if (!run) return <IconButton className="send" type="submit" icon={ArrowUp} label="Send" disabled={!ready} />;
  return (
    run.allowCancel && (
      <IconButton className="send stop" icon={Square} size={14} label="Stop" onClick={() => void client.stop()} />
    )
  );
}

function QuotePreview() {
  const { quote } = useStore(composerDraft);
  if (quote === '') return null;
  return (
    <div className="quote-preview">
      <blockquote>{quote}</blockquote>
      <IconButton icon={X} size={14} label="Remove the quotation" onClick={() => changeDraft({ quote: '' })} />
    </div>
  );
}

interface MessageFieldProps {
  input: RefObject<HTMLTextAreaElement | null>;
  mentions: Mentions;
  attachments: Attachments;
  onSend: () => void;
}

/** The text, over a copy of it that paints the mentions. */
function MessageField({ input, mentions, attachments, onSend }: MessageFieldProps) {
  const { config } = usePlayground();
  const { text, tool } = useStore(composerDraft);
  const placeholder = config.tools?.find(({ id }) => id === tool)?.placeholder ?? 'Write a message';
  const { offered, active } = mentions;

  const take = (entity: PlaygroundEntity) => {
    const field = input.current;
    if (!field) return;
    const taken = mentions.take(entity, text, field.selectionStart);
    // At once, because the user may write more before the next frame.
    flushSync(() => changeDraft({ text: taken.text }));
    field.setSelectionRange(taken.caret, taken.caret);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return; // Enter takes a suggestion of the input method
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const entity = offered[active];
    if (entity && step !== undefined) mentions.move(step);
    else if (entity && (event.key === 'Enter' || event.key === 'Tab')) take(entity);
    else if (entity && event.key === 'Escape') mentions.close();
    else if (event.key === 'Enter' && !event.shiftKey) onSend();
    else return;
    event.preventDefault();
  };
  const onPaste = (event: ClipboardEvent) => {
    if (config.uploads === false || event.clipboardData.files.length === 0) return;
    event.preventDefault();
    attachments.add(event.clipboardData.files);
  };

  return (
    <div className="message-field">
      <MentionList mentions={mentions} onTake={take} />
      <div className="message-paint" aria-hidden>
        {segmentsOf(text, config.entities ?? noEntities).map((segment, index) => (
          <span key={index} className={segment.entity ? 'mention' : undefined}>
            {segment.text}
          </span>
        ))}
        {'\u200B'}
      </div>
      <textarea
        ref={input}
        rows={1}
        value={text}
        placeholder={placeholder}
        aria-label="Message"
        aria-autocomplete="list"
        aria-controls={offered.length > 0 ? mentionListId : undefined}
        aria-activedescendant={offered.length > 0 ? mentionOptionId(active) : undefined}
        onChange={({ target }) => {
          changeDraft({ text: target.value });
          mentions.look(target.value, target.selectionStart);
        }}
        onBlur={mentions.close}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
      />
    </div>
  );
}
