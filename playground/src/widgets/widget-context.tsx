// The context of the components of one widget: the theme, their form, and the function that sends an action.
import { createContext, use, useRef, useState } from 'react';
import type { ComponentType, ReactNode } from 'react';
import { type FormValues, mergeFormValues } from './form-values';
import { isRecord, type Node, oneOf } from './read-props';
import type { Theme } from './style/colour';
import type { WidgetAction } from './widget-action';

export interface ComponentProps {
  node: Node;
}

export interface WidgetContextValue {
  /** The prefix of the ids of the fields. It is unique to this widget. */
  rootId: string;
  /** The names of the fields that have a Label. */
  labelled: ReadonlySet<string>;
  components: Readonly<Record<string, ComponentType<ComponentProps>>>;
  /** Sends an action. Resolves when the action was answered. Never rejects, because the chat reports errors. */
  send: (action: WidgetAction, values: FormValues | undefined) => Promise<void>;
  /** Disables or enables the whole widget. */
  setBusy: (busy: boolean) => void;
}

export interface FormContextValue {
  /** True if an HTML button of the type `submit` submits the form. False for a form inside a form. */
  native: boolean;
  /** True if the form has its own action. */
  hasAction: boolean;
  /** Returns the current values of the fields. */
  collect(): FormValues;
  /** Shows the error of the first invalid field. @returns True if all fields are valid. */
  check(): boolean;
  /** Checks the fields, then sends the form's action. */
  submit(): void;
}

export const WidgetContext = createContext<WidgetContextValue | undefined>(undefined);
export const FormContext = createContext<FormContextValue | undefined>(undefined);
export const ThemeContext = createContext<Theme>('light');

export function useWidget(): WidgetContextValue {
  const widget = use(WidgetContext);
  if (!widget) throw new Error('A component of a widget is drawn outside a WidgetView.');
  return widget;
}

export const useTheme = () => use(ThemeContext);

/** Applies the theme in a component's props to its children. By default the children keep the theme around them. */
export function ForcedTheme({ theme, children }: { theme: unknown; children: (theme: Theme) => ReactNode }) {
  const around = useTheme();
  const forced = oneOf(theme, ['light', 'dark']) ?? around;
  return <ThemeContext value={forced}>{children(forced)}</ThemeContext>;
}

/** The part that waits while an action runs: the component, the whole widget, or nothing. */
export type LoadingBehaviour = 'self' | 'container' | 'none';

function actionOf(config: unknown): WidgetAction | undefined {
  if (!isRecord(config)) return undefined;
  const { type, payload, handler, streaming, loadingBehavior } = config;
  if (typeof type !== 'string') return undefined;
  return {
    type,
    ...(payload !== undefined && { payload }),
    ...(oneOf(handler, ['server', 'client']) && { handler: oneOf(handler, ['server', 'client']) }),
    ...(typeof streaming === 'boolean' && { streaming }),
    ...(typeof loadingBehavior === 'string' && { loadingBehavior }),
  };
}

export interface ActionControl {
  /** False if the component has no action. */
  available: boolean;
  /** True while the component itself waits for the answer. */
  loading: boolean;
  /**
   * Sends the action. The payload includes the values of the form around the component. A second call while the action
   * runs does nothing, unless the loading behaviour is `none`.
   * @param values The component's own values, which are added to those of the form.
   */
  run(values?: FormValues): void;
}

/** Returns the control of the action in a component's props. `automatic` is the default loading behaviour. */
export function useAction(config: unknown, automatic: LoadingBehaviour): ActionControl {
  const { send, setBusy } = useWidget();
  const form = use(FormContext);
  const [loading, setLoading] = useState(false);
  const running = useRef(false);
  const action = actionOf(config);

  const run = async (values: FormValues = {}) => {
    if (!action) return;
    const target = oneOf(action.loadingBehavior, ['self', 'container', 'none']) ?? automatic;
    if (running.current && target !== 'none') return;
    running.current = true;
    const show = target === 'container' ? setBusy : target === 'self' ? setLoading : () => undefined;
    const formValues = { ...values, ...form?.collect() };
    show(true);
    try {
      const payload = mergeFormValues(action.payload, formValues);
      const sent = Object.keys(formValues).length > 0 ? formValues : undefined;
      await send({ ...action, ...(payload !== undefined && { payload }) }, sent);
    } finally {
      running.current = false;
      show(false);
    }
  };
  return { available: action !== undefined, loading, run: (values) => void run(values) };
}
