// Shows the page without ChatKit: the state of the server, and curl commands to try.
/* global document, location, navigator */
import { curlCommands } from './curl-commands.js';

/** @param {{ keyword: string, about: string }[]} keywords */
export function showFallback(keywords) {
  element('commands').replaceChildren(...curlCommands(location.origin).map(commandEntry));
  element('keywords').replaceChildren(...keywords.map(keywordEntry));
  void tellHealth();
}

/** Reports whether the endpoint answers its health check. */
async function tellHealth() {
  const well = await fetch('/chatkit').then(
    (response) => response.ok,
    () => false,
  );
  element('health').textContent = well
    ? `The server is running all the same: ${location.origin}/chatkit has just answered.`
    : `The server at ${location.origin} does not answer either. Start it with: npm run example`;
}

/** @param {{ label: string, command: string }} command */
function commandEntry({ label, command }) {
  const entry = document.createElement('li');
  const code = document.createElement('pre');
  code.textContent = command;
  entry.append(label, copyButton(label, command), code);
  return entry;
}

/**
 * @param {string} label
 * @param {string} command
 */
function copyButton(label, command) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Copy';
  button.setAttribute('aria-label', `Copy: ${label}`);
  button.hidden = !('clipboard' in navigator); // browsers offer the clipboard only on localhost and over https
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(command);
    button.textContent = 'Copied';
  });
  return button;
}

/** @param {{ keyword: string, about: string }} keyword */
function keywordEntry({ keyword, about }) {
  const entry = document.createElement('li');
  const code = document.createElement('code');
  code.textContent = keyword;
  code.title = about;
  entry.append(code);
  return entry;
}

/** @param {string} id */
function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}
