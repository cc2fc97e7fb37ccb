// The icons a client can draw.
import { z } from 'zod';

/** Names that ChatKit clients know. The types of the browser package (1.9) have `dot` in widgets only, `clock` outside them only. */
export const iconNames = [
  'agent', 'analytics', 'atom', 'batch', 'bolt', 'book-open', 'book-closed', 'book-clock', 'bug', 'calendar',
  'chart', 'check', 'check-circle', 'check-circle-filled', 'chevron-left', 'chevron-right', 'circle-question',
  'clock', 'compass', 'confetti', 'cube', 'desktop', 'document', 'dot', 'dots-horizontal', 'dots-vertical',
  'empty-circle', 'external-link', 'globe', 'keys', 'lab', 'images', 'info', 'lifesaver', 'lightbulb', 'mail',
  'map-pin', 'maps', 'mobile', 'name', 'notebook', 'notebook-pencil', 'page-blank', 'phone', 'play', 'plus',
  'profile', 'profile-card', 'reload', 'star', 'star-filled', 'search', 'sparkle', 'sparkle-double',
  'square-code', 'square-image', 'square-text', 'suitcase', 'settings-slider', 'user', 'wreath', 'write',
  'write-alt', 'write-alt2',
] as const;

/** An icon's name, or one of a set that the client loads by prefix: `vendor:…` or `lucide:…`. */
export const IconSchema = z.union([
  z.enum(iconNames),
  z.templateLiteral(['vendor:', z.string()]),
  z.templateLiteral(['lucide:', z.string()]),
]);
export type Icon = z.infer<typeof IconSchema>;
