// Widgets: what the chat knows about how they are drawn.
import type { WidgetRoot } from 'chatkit-express/protocol';

/** What a component asks for when it is used. */
export interface WidgetAction {
  type: string;
  payload?: unknown;
  /** Who handles it. Default `server`. */
  handler?: 'server' | 'client';
  /** Whether the server's answer is a stream. Default true. */
  streaming?: boolean;
  loadingBehavior?: string;
}

export interface WidgetViewProps {
  widget: WidgetRoot;
  itemId: string;
  disabled?: boolean;
  theme: 'light' | 'dark';
  onAction(action: WidgetAction, formData?: Record<string, unknown>): Promise<void> | void;
}

/** A widget, drawn. */
export function WidgetView({ widget }: WidgetViewProps) {
  return <pre className="widget-json">{JSON.stringify(widget, null, 2)}</pre>;
}
