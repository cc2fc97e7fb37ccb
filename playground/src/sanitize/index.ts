// Text and addresses that came over the wire, made safe to show.
export { Markdown } from './markdown';
export { safeUrl } from './safe-url';
