/** @jsxImportSource react */
import { useEffect, useSyncExternalStore } from 'react';
import type { Chat, ChatState } from 'chatkit-express/client';

/** Returns the state of the chat. The component renders again when the state changes. */
export function useChat(chat: Chat): ChatState {
  return useSyncExternalStore(chat.subscribe, chat.snapshot, chat.snapshot);
}

export function ChatPage({ chat, threadId }: { chat: Chat; threadId: string | null }) {
  const { items, run, error } = useChat(chat);
  useEffect(() => {
    if (threadId === null) chat.newThread();
    else void chat.openThread(threadId); // joins an answer that is still being written
  }, [chat, threadId]);
  return (
    <main>
      {items.map((item) => {
        if (item.type !== 'user_message' && item.type !== 'assistant_message') return null;
        return (
          <p key={item.id} data-from={item.type}>
            {item.content.map(({ text }) => text).join('')}
          </p>
        );
      })}
      {error && (
        <p role="alert">
          {error.message} {error.allowRetry && <button onClick={() => void chat.retry()}>Retry</button>}
        </p>
      )}
      <form action={(form: FormData) => void chat.send(form.get('text') as string)}>
        <input name="text" aria-label="Message" required />
        {run ? (
          <button type="button" onClick={() => void chat.stop()}>
            Stop
          </button>
        ) : (
          <button>Send</button>
        )}
      </form>
    </main>
  );
}
