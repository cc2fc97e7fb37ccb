// Renders Markdown from the chat as HTML that executes nothing. marked writes the HTML, and DOMPurify cleans it. HTML
// in the Markdown is shown as text.
import createPurifier from 'dompurify';
import { Marked } from 'marked';
import { memo, useMemo } from 'react';
import { escapeHtml } from './escape';
import { safeUrl } from './safe-url';

const marked = new Marked({
  gfm: true,
  renderer: {
    html: ({ text }) => escapeHtml(text),
    // The checkbox of a task is a character, because pressing it would have no effect.
    checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
  },
});

const purifier = createPurifier(window);
const allowed = {
  ALLOWED_TAGS: [
    ...['p', 'br', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'ul', 'ol', 'li', 'pre', 'code'],
    ...['strong', 'em', 'del', 'a', 'img', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ],
  ALLOWED_ATTR: ['href', 'src', 'alt', 'title', 'start', 'align'],
};

purifier.addHook('afterSanitizeAttributes', (element) => {
  if (element.tagName === 'A') {
    const href = safeUrl(element.getAttribute('href'));
    if (href === undefined) {
      element.removeAttribute('href');
      return;
    }
    element.setAttribute('href', href);
    element.setAttribute('target', '_blank');
    element.setAttribute('rel', 'noopener noreferrer nofollow');
  }
  // Wide tables and code can be focused, so that they can be scrolled by keyboard.
  if (element.tagName === 'TABLE' || element.tagName === 'PRE') element.setAttribute('tabindex', '0');
});

/** The hosts that images may be loaded from. `undefined` allows every host. */
type Domains = readonly string[] | undefined;

/** Replaces each image that may not be loaded with a note. */
function checkImages(root: DocumentFragment, domains: Domains): void {
  for (const image of root.querySelectorAll('img')) {
    const src = safeUrl(image.getAttribute('src'), 'image');
    const host = src === undefined ? '' : new URL(src).hostname;
    if (src !== undefined && (host === '' || isAllowed(host, domains))) {
      image.setAttribute('src', src);
      image.setAttribute('loading', 'lazy');
      if (!image.hasAttribute('alt')) image.setAttribute('alt', '');
      continue;
    }
    const note = document.createElement('span');
    note.className = 'blocked-image';
    note.textContent = `[image from ${host || 'an unsafe address'} not loaded${image.alt ? `: ${image.alt}` : ''}]`;
    image.replaceWith(note);
  }
}

/** Returns true if images of this host are allowed. A domain includes its subdomains. */
function isAllowed(host: string, domains: Domains): boolean {
  return !domains || domains.some((domain) => host === domain || host.endsWith(`.${domain}`));
}

/** Private characters around a number mark the place of a button. They are removed from the text of the chat first. */
const markStart = '\uE000';
const markEnd = '\uE001';
const marks = /\uE000(\d+)\uE001/g;
const strayMarks = /[\uE000\uE001]/g;

/** A button with a number, at an index of the text. */
export interface Mark {
  index: number;
  number: number;
  /** The name of the button for screen readers. */
  label: string;
}

function withMarks(text: string, places: readonly Mark[]): string {
  let marked = text.replace(strayMarks, ' ');
  for (const { index, number } of [...places].sort((one, other) => other.index - one.index)) {
    marked = `${marked.slice(0, index)}${markStart}${number}${markEnd}${marked.slice(index)}`;
  }
  return marked;
}

/** Replaces the marks with buttons. */
function placeButtons(root: DocumentFragment, places: readonly Mark[]): void {
  for (const element of root.querySelectorAll('*')) {
    for (const attribute of [...element.attributes]) attribute.value = attribute.value.replace(marks, '');
  }
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes: Text[] = [];
  while (walker.nextNode()) nodes.push(walker.currentNode as Text);
  for (const node of nodes) {
    const parts = node.data.split(marks);
    if (parts.length === 1) continue;
    node.replaceWith(...parts.map((part, at) => (at % 2 === 0 ? part : buttonFor(Number(part), places))));
  }
}

function buttonFor(number: number, places: readonly Mark[]): HTMLElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'citation';
  button.dataset['citation'] = String(number);
  button.setAttribute('aria-label', places.find((place) => place.number === number)?.label ?? `Source ${number}`);
  button.textContent = String(number);
  return button;
}

function htmlOf(text: string, places: readonly Mark[], domains: Domains): string {
  const html = marked.parse(withMarks(text, places), { async: false });
  const root = purifier.sanitize(html, { ...allowed, RETURN_DOM_FRAGMENT: true });
  checkImages(root, domains);
  placeButtons(root, places);
  const box = document.createElement('div');
  box.append(root);
  return box.innerHTML;
}

interface MarkdownProps {
  text: string;
  /** The buttons in the text. */
  marks?: readonly Mark[];
  /** Called with the number of a button when the button is pressed. */
  onMark?: (number: number) => void;
  imageDomains?: Domains;
}

const noMarks: readonly Mark[] = [];

/** Renders sanitised Markdown. */
export const Markdown = memo(function Markdown({ text, marks = noMarks, onMark, imageDomains }: MarkdownProps) {
  const html = useMemo(() => htmlOf(text, marks, imageDomains), [text, marks, imageDomains]);
  return (
    <div
      className="markdown"
      dangerouslySetInnerHTML={{ __html: html }}
      onClick={({ target }) => {
        const number = target instanceof HTMLElement ? target.dataset['citation'] : undefined;
        if (number !== undefined) onMark?.(Number(number));
      }}
    />
  );
});
