// Widgets: what the chat uses of them.
export { iconOf } from './icons';
export { type WidgetAction, WidgetView } from './widget-view';
