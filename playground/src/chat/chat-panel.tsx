// The chat: the thread and, below it, the composer or what stands in its place.
import { Lock } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { PlaygroundPrompt } from '../../../src/playground/config';
import { useChat, usePlayground } from '../page/playground';
import type { ChatState } from 'chatkit-express/client';
import type { ItemOf } from '../protocol/wire';
import { Composer } from './composer';
import { openFilePicker } from './file-picker';
import { changeDraft, composerDraft } from './composer-draft';
import { Conversation } from './conversation';
import { QuoteBubble } from './quote-bubble';
import { StartScreen } from './start-screen';
import { StructuredInputForm } from './structured-input';

const touch = matchMedia('(pointer: coarse)');

export function ChatPanel() {
  const { client } = usePlayground();
  const chat = useChat();
  const input = useRef<HTMLTextAreaElement>(null);
  const { threadId, items, run } = chat;
  useEffect(() => {
    if (!touch.matches) input.current?.focus(); // there the keyboard would come up over the chat
  }, [threadId]);

  const quote = (text: string) => {
    changeDraft({ quote: text });
    input.current?.focus();
  };
  const begin = ({ prompt: text, attach }: PlaygroundPrompt) => {
    if (attach) {
      changeDraft({ text });
      openFilePicker();
      return;
    }
    const { model } = composerDraft.get();
    const inference_options = model ? { model } : {};
    void client.send({ content: [{ type: 'input_text', text }], attachments: [], quoted_text: '', inference_options });
  };
  const fresh = threadId === null && items.length === 0 && chat.error === null;
  const questions = pendingQuestions(chat);
  const { status } = chat.thread ?? {};

  return (
    <div className="chat">
      {fresh ? <StartScreen onPrompt={begin} /> : <Conversation onQuote={quote} />}
      <QuoteBubble onQuote={quote} />
      <div className="chat-foot">
        {status && status.type !== 'active' ? (
          <p className="locked" role="status">
            <Lock size={16} aria-hidden />
            {status.reason ?? `This thread is ${status.type}.`}
          </p>
        ) : questions && !run ? (
          <StructuredInputForm
            key={questions.id}
            item={questions}
            disabled={false}
            onSubmit={(submission) => void client.answer(questions, submission)}
          />
        ) : (
          <Composer input={input} />
        )}
        <p className="muted small center disclaimer">Everything that goes over the wire is in the inspector.</p>
      </div>
    </div>
  );
}

/** The questions that wait for an answer: the newest, if nothing was said since. */
function pendingQuestions({ items }: ChatState): ItemOf<'structured_input'> | undefined {
  const last = items.findLast(({ type }) => type === 'structured_input' || type === 'user_message');
  return last?.type === 'structured_input' && last.status === 'pending' ? last : undefined;
}
