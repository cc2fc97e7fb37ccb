// Where a message is written: text with mentions, a quotation, files, the model and the tool, or a recording.
import { ArrowUp, LoaderCircle, Mic, Square, X } from 'lucide-react';
import { type ClipboardEvent, type KeyboardEvent, type RefObject, useState } from 'react';
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
  const { client, config } = usePlayground();
  const { run } = useChat();
  const draft = useStore(composerDraft);
  const attachments = useAttachments();
  const entities = config.entities ?? noEntities;
  const mentions = useMentions(entities);
  const [dragged, setDragged] = useState(false);
  const { state: dictation, toggle } = useDictation((said) => {
    changeDraft({ text: `${composerDraft.get().text} ${said}`.trim() });
    input.current?.focus();
  });
  const uploading = attachments.drafts.some(({ attachment, failure }) => !attachment && failure === undefined);
  const empty = draft.text.trim() === '' && !attachments.drafts.some(({ attachment }) => attachment);

  const send = () => {
    if (empty || uploading || run) return;
    const { text, quote, model, tool } = draft;
    const taken = attachments.take();
    changeDraft({ text: '', quote: '' });
    const message = {
      content: contentOf(text, entities),
      attachments: taken.ids,
      quoted_text: quote,
      inference_options: { ...(model && { model }), ...(tool && { tool_choice: { id: tool } }) },
    };
    void client.send(message).then((sent) => {
      if (sent) return;
      changeDraft({ text, quote }); // refused: nothing that was written is lost
      taken.putBack();
    });
  };

  return (
    <form
      className="composer"
      data-dragged={dragged}
      aria-label="Message"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onDragOver={(event) => {
        event.preventDefault();
        setDragged(config.uploads !== false);
      }}
      onDragLeave={() => setDragged(false)}
      onDrop={(event) => {
        event.preventDefault();
        setDragged(false);
        if (config.uploads !== false) attachments.add(event.dataTransfer.files);
      }}
    >
      <QuotePreview quote={draft.quote} />
      <AttachmentBar {...attachments} />
      <MessageField input={input} mentions={mentions} attachments={attachments} onSend={send} />
      <div className="composer-tools">
        {config.uploads !== false && <FilePicker accept={config.uploads?.accept} onFiles={attachments.add} />}
        <ToolPicker />
        <ModelPicker />
        <span className="grow" />
        <IconButton
          icon={dictation === 'transcribing' ? LoaderCircle : Mic}
          className={`dictate dictate-${dictation}`}
          label={dictation === 'recording' ? 'Stop the recording' : 'Dictate'}
          aria-pressed={dictation === 'recording'}
          disabled={dictation === 'transcribing'}
          onClick={toggle}
        />
        {run ? (
          run.allowCancel && <IconButton className="send" icon={Square} label="Stop" onClick={() => client.stop()} />
        ) : (
          <IconButton className="send" type="submit" icon={ArrowUp} label="Send" disabled={empty || uploading} />
        )}
      </div>
    </form>
  );
}

function QuotePreview({ quote }: { quote: string }) {
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
    changeDraft({ text: taken.text });
    requestAnimationFrame(() => field.setSelectionRange(taken.caret, taken.caret));
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
