// An action of a widget, as its components send it.

/** The action that a component sends when it is used. */
export interface WidgetAction {
  type: string;
  /** With the values of the form around the component in it. */
  payload?: unknown;
  /** Who handles it. Default `server`. */
  handler?: 'server' | 'client';
  /** False when the server's answer is JSON. Default true. */
  streaming?: boolean;
  loadingBehavior?: string;
}
