// Widgets: what the chat uses of them.
export { type WidgetAction, WidgetView } from './widget-view';
