// The options of <openai-chatkit>. All options are documented at https://openai.github.io/chatkit-js
/* global document, localStorage, location */
import { logEvent } from './event-log.js';

const people = ['Ada', 'Grace', 'Linus'];
/** @type {import('@openai/chatkit').ToolOption[]} */
const toolsToPick = [
  { id: 'sources', label: 'Look it up', icon: 'search', placeholderOverride: 'What shall I look up?' },
  { id: 'image', label: 'Draw', icon: 'images', placeholderOverride: 'What shall I draw?' },
];
const madeUpModels = [
  { id: 'swift', label: 'Swift', description: 'Answers at once', default: true },
  { id: 'thorough', label: 'Thorough', description: 'Thinks first, or says so' },
];

/** The path of the endpoint. It is relative to the page, so that the app can be mounted under any path. */
export const url = new URL('../chatkit', location.href).pathname;
/** The open thread is kept for the next visit. */
export const threadKey = 'chatkit-official-thread';

/**
 * @param {typeof fetch} continuingFetch
 * @param {{ keyword: string, about: string, icon: import('@openai/chatkit').ChatKitIcon }[]} keywords
 * @param {import('@openai/chatkit').ColorScheme} theme
 * @param {{ provider: string | null, models: string[], tools: boolean }} assistant the model that answers
 * @param {'two_phase' | 'direct'} upload
 * @returns {import('@openai/chatkit').ChatKitOptions}
 */
export function chatkitOptions(continuingFetch, keywords, theme, { provider, models, tools }, upload) {
  return {
    // On localhost your own server does not need a registered domain, so any key works.
    api: {
      url,
      domainKey: 'local-dev',
      fetch: continuingFetch,
      // `two_phase` announces each file before sending it, and `direct` sends it at once. The server accepts both.
      uploadStrategy: upload === 'direct' ? { type: 'direct', uploadUrl: `${url}/upload` } : { type: 'two_phase' },
    },
    initialThread: localStorage.getItem(threadKey),
    theme,
    header: { enabled: true },
    history: { enabled: true, showRename: true, showDelete: true },
    startScreen: {
      greeting: 'What shall the demo show?',
      prompts: keywords.map(({ keyword, about, icon }) => ({ label: about, prompt: keyword, icon })),
    },
    composer: {
      placeholder: provider ? 'Write anything, or “help”' : 'Write a keyword, or “help”',
      // The server receives the user's choice in the `inference_options` of the message.
      models: provider ? models.map((id, index) => ({ id, label: id, default: index === 0 })) : madeUpModels,
      tools: tools ? toolsToPick : [],
      dictation: { enabled: true },
      attachments: { enabled: true, maxSize: 20 * 1024 * 1024 },
    },
    threadItemActions: { feedback: true, retry: true },
    thread: { autoScroll: true },
    disclaimer: {
      text: provider
        ? `A model of ${provider} answers. It can be wrong.`
        : 'This assistant has no model. Everything it says is made up by a keyword.',
    },
    // Mentions: type @ in the composer.
    entities: {
      onTagSearch: async (query) =>
        people
          .filter((name) => name.toLowerCase().startsWith(query.toLowerCase()))
          .map((name) => ({ id: `person_${name.toLowerCase()}`, title: name, group: 'People', interactive: true })),
      onClick: (entity) => logEvent('Click on an entity', entity),
    },
    // Answers a `client_tool_call`. The assistant receives the returned value.
    onClientTool({ name, params }) {
      logEvent(`Client tool ${name}`, params);
      if (name === 'get_page_title') return { title: document.title };
      return { error: `This page has no tool ${name}` };
    },
    // Handles the buttons whose action has the handler `client`.
    widgets: {
      async onAction(action) {
        logEvent(`Widget action ${action.type}`, action.payload);
      },
    },
  };
}
