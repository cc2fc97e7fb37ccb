// Widgets: what the chat uses of them.
export { type WidgetAction, WidgetView, type WidgetViewProps } from './widget-view';
