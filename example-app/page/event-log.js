// Lists the events beside the chat that are not part of the thread.
/* global document */

/**
 * @param {string} title
 * @param {unknown} [detail] shown as JSON, unless it is a string
 */
export function logEvent(title, detail) {
  const entry = document.createElement('li');
  const heading = document.createElement('strong');
  heading.textContent = title;
  entry.append(heading);
  if (detail !== undefined) entry.append(typeof detail === 'string' ? detail : JSON.stringify(detail));
  document.getElementById('events')?.prepend(entry);
  document.getElementById('no-events')?.setAttribute('hidden', '');
}
