// The official element, with this page's theme, tools, mentions and widget actions.
import { ChatKit, type StartScreenPrompt, useChatKit, type UseChatKitReturn } from '@openai/chatkit-react';
import { chatkitFetch, followRuns } from 'chatkit-express/browser';
import { useEffect } from 'react';
import { runClientTool } from './client-tools';
import { previewOf, searchPeople } from './people';

interface ChatProps {
  prompts: StartScreenPrompt[];
  colorScheme: 'light' | 'dark';
  /** A CSS colour. */
  accent: string;
  /** Called with the events and calls that the page receives. */
  onHeard: (title: string, detail?: unknown) => void;
  onAccent: (colour: string) => void;
  /** Called with the methods of the element, such as `setComposerValue`. */
  onReady: (chat: UseChatKitReturn) => void;
}

/** The open thread is kept for the next visit. */
const threadKey = 'chatkit-thread';

// #region chat
/** Continues answers after a lost connection. One for the element, whatever renders it. */
const continuingFetch = chatkitFetch();

export function Chat({ prompts, colorScheme, accent, onHeard, onAccent, onReady }: ChatProps) {
  const chat = useChatKit({
    // Your own server. On localhost any key works. Elsewhere register your domain with OpenAI.
    api: { url: '/chatkit', domainKey: 'local-dev', fetch: continuingFetch },
    initialThread: localStorage.getItem(threadKey),
    theme: { colorScheme, radius: 'soft', density: 'normal', color: { accent: { primary: accent, level: 2 } } },
    history: { enabled: true, showRename: true, showDelete: true },
    startScreen: { greeting: 'What shall the demo show?', prompts },
    composer: { placeholder: 'Write a keyword, or “help”', dictation: { enabled: true } },
    threadItemActions: { feedback: true, retry: true },
    // Answers a `client_tool_call`.
    onClientTool(call) {
      onHeard(`Client tool ${call.name}`, call.params);
      return runClientTool(call);
    },
    // Mentions: type @ in the composer.
    entities: {
      onTagSearch: searchPeople,
      onRequestPreview: previewOf,
      onClick: (entity) => onHeard('Mention clicked', entity.title),
    },
    widgets: {
      // Actions with `handler: "client"`. To inform the server too: `chat.sendCustomAction(action, item.id)`.
      async onAction(action, item) {
        onHeard(`Widget action ${action.type} of ${item.id}`, action.payload);
      },
    },
    // `client_effect` events.
    onEffect({ name, data }) {
      onHeard(`Effect ${name}`, data);
      if (name === 'change_colour' && typeof data?.['colour'] === 'string') onAccent(data['colour']);
    },
    onThreadChange({ threadId }) {
      if (threadId === null) localStorage.removeItem(threadKey);
      else localStorage.setItem(threadKey, threadId);
    },
    onError: ({ error }) => onHeard('Error', error.message),
  });
  const { ref } = chat;
  // Joins the open answer after a reload, and reports Stop.
  useEffect(() => (ref.current ? followRuns(ref.current, continuingFetch) : undefined), [ref]);
  useEffect(() => onReady(chat), [chat, onReady]);
  return <ChatKit control={chat.control} className="chat" />;
}
// #endregion
