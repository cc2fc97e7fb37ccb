// Shows the chat when its script has loaded. Otherwise, explains what is missing.
/* global customElements, document, localStorage */

const patienceMs = 5000; // the time until the explanation is shown
const threadKey = 'thread';

const chat = /** @type {import('@openai/chatkit').OpenAIChatKit} */ (element('chat'));
/** @type {typeof import('chatkit-express/browser')} */
const { chatkitFetch, followRuns } = Reflect.get(globalThis, 'chatkitExpress'); // from /chatkit/browser.js

element('chatkit-script').addEventListener('error', explain);
setTimeout(explain, patienceMs);
void customElements.whenDefined('openai-chatkit').then(start);

// The open thread is shown again after a reload.
chat.addEventListener('chatkit.thread.change', ({ detail: { threadId } }) => {
  if (threadId === null) localStorage.removeItem(threadKey);
  else localStorage.setItem(threadKey, threadId);
});

function start() {
  const continuingFetch = chatkitFetch();
  followRuns(chat, continuingFetch);
  chat.setOptions({
    // Any domain key works on localhost. For a public site, register the domain with OpenAI to get a key.
    api: { url: '/chatkit', domainKey: 'domain_pk_localhost_dev', fetch: continuingFetch },
    initialThread: localStorage.getItem(threadKey),
    startScreen: { greeting: 'What can I help with?' },
  });
  show('chat');
}

async function explain() {
  if (customElements.get('openai-chatkit')) return; // start() shows the chat, also when the script loads later
  show('missing');
  const [isReady, hasPlayground] = await Promise.all([answers('/chatkit'), answers('/playground/')]);
  element('server').textContent = isReady
    ? 'The server is running, and is ready to answer.'
    : 'The server is not ready either. Its output has the reason.';
  element('playground').hidden = !hasPlayground;
}

/** @param {string} url */
function answers(url) {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}

/** @param {'chat' | 'missing'} shown */
function show(shown) {
  element('loading').hidden = true;
  chat.hidden = shown !== 'chat';
  element('missing').hidden = shown !== 'missing';
}

/** @param {string} id */
function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}
