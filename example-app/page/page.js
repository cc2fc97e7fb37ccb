// Starts the page. Sets the options of <openai-chatkit> when its script has loaded, or else shows the fallback.
/* global customElements, document, localStorage, location, matchMedia */
import { chatkitOptions, threadKey } from './chatkit-options.js';
import { logEvent } from './event-log.js';
import { showFallback } from './fallback.js';

const patienceMs = 5000; // the time until the fallback is shown

const chatkit = /** @type {import('@openai/chatkit').OpenAIChatKit} */ (element('chatkit'));
// `/?upload=direct` selects direct uploads.
const upload = new URLSearchParams(location.search).get('upload') === 'direct' ? 'direct' : 'two_phase';
const dark = matchMedia('(prefers-color-scheme: dark)');

/** The keywords from the server. If the request fails, the start screen has no prompts, and the chat still works. */
const keywords = fetch('../keywords').then(
  (response) => response.json(),
  () => [],
);

/** The model that answers. `provider` is null without a model. */
const assistant = fetch('../health').then(
  (response) => response.json(),
  () => ({ provider: null, models: [], tools: true }),
);

element('chatkit-script').addEventListener('error', giveUp);
setTimeout(giveUp, patienceMs);
void customElements.whenDefined('openai-chatkit').then(start);

// Continues answers after a lost connection, and joins them after a reload. Stop ends them on the server.
/** @type {typeof import('chatkit-express/browser')} */
const { chatkitFetch, followRuns } = Reflect.get(globalThis, 'chatkitExpress'); // from browser.js
const continuingFetch = chatkitFetch();

async function start() {
  followRuns(chatkit, continuingFetch);
  const [list, model] = await Promise.all([keywords, assistant]);
  const setOptions = () =>
    chatkit.setOptions(chatkitOptions(continuingFetch, list, dark.matches ? 'dark' : 'light', model, upload));
  setOptions();
  dark.addEventListener('change', setOptions);
  show('chat');
}

async function giveUp() {
  if (customElements.get('openai-chatkit')) return; // if the script loads later, start() shows the chat
  show('fallback');
  showFallback(await keywords);
}

/** @param {'chat' | 'fallback'} shown */
function show(shown) {
  element('loading').hidden = true;
  chatkit.hidden = shown !== 'chat';
  element('chat').hidden = shown !== 'chat';
  element('heard').hidden = shown !== 'chat';
  element('fallback').hidden = shown !== 'fallback';
}

// Handles the `client_effect` events of a stream.
chatkit.addEventListener('chatkit.effect', ({ detail: { name, data } }) => {
  logEvent(`Effect ${name}`, data);
  const colour = data?.['colour'];
  if (name === 'change_colour' && typeof colour === 'string') {
    document.documentElement.style.setProperty('--accent', colour);
  }
});
chatkit.addEventListener('chatkit.thread.change', ({ detail: { threadId } }) => {
  if (threadId === null) localStorage.removeItem(threadKey);
  else localStorage.setItem(threadKey, threadId);
});
chatkit.addEventListener('chatkit.error', ({ detail: { error } }) => logEvent('Error', error.message));

/** @param {string} id */
function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}
