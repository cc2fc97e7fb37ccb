// The public exports of the widgets.
export { iconOf } from './icons';
export type { WidgetAction } from './widget-action';
export { WidgetView } from './widget-view';
