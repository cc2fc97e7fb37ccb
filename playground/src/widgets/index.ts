// Widgets: what the chat uses of them.
export { iconOf } from './icons';
export type { WidgetAction } from './widget-action';
export { WidgetView } from './widget-view';
