// Makes texts and URLs from the server safe to show.
export { Markdown } from './markdown';
export { safeUrl } from './safe-url';
