// The type of the actions that components send.

/** An action that a component sends. */
export interface WidgetAction {
  type: string;
  /** The payload, including the values of the form around the component. */
  payload?: unknown;
  /** The side that handles the action. Default `server`. */
  handler?: 'server' | 'client';
  /** False if the server answers with JSON instead of a stream. Default true. */
  streaming?: boolean;
  loadingBehavior?: string;
}
