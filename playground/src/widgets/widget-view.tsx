// Draws a widget. The chat uses only this component of the widgets' internals.
import type { WidgetRoot } from 'chatkit-express/protocol';
import { type RefObject, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { Component } from './component';
import { components } from './components/registry';
import type { FormValues } from './form-values';
import { childrenOf, isRecord, textOf } from './read-props';
import type { WidgetAction } from './widget-action';
import { ThemeContext, WidgetContext, type WidgetContextValue } from './widget-context';
import './widgets.css';

export interface WidgetViewProps {
  widget: WidgetRoot;
  itemId: string;
  /** Disables all controls of the widget. Default false. */
  disabled?: boolean;
  theme: 'light' | 'dark';
  /**
   * Called when a component sends an action. The component waits until the promise settles.
   * @param formData The values of the form around the component. The payload of the action already includes them.
   */
  onAction: (action: WidgetAction, formData?: Record<string, unknown>) => Promise<void> | void;
}

/** Draws a widget. */
export function WidgetView({ widget, itemId, disabled = false, theme, onAction }: WidgetViewProps) {
  const rootId = useId();
  const [busy, setBusy] = useState(false);
  const root = useRef<HTMLFieldSetElement>(null);
  const keepFocus = useFocusAfter(busy, root);
  const context = useMemo<WidgetContextValue>(
    () => ({
      rootId,
      labelled: labelledFields(widget),
      components,
      setBusy: (value) => {
        if (value) keepFocus();
        setBusy(value);
      },
      send: async (action, values: FormValues | undefined) => {
        try {
          await onAction(action, values);
        } catch (error) {
          console.error('The widget’s action failed', error);
        }
      },
    }),
    [rootId, widget, onAction, keepFocus],
  );
  return (
    <WidgetContext value={context}>
      <ThemeContext value={theme}>
        <fieldset
          ref={root}
          className="ckw"
          data-ckw-theme={theme}
          data-item-id={itemId}
          aria-label={textOf(widget['ariaLabel']) ?? 'Widget'}
          aria-busy={busy}
          disabled={disabled || busy}
        >
          <Component node={widget} />
        </fieldset>
      </ThemeContext>
    </WidgetContext>
  );
}

/**
 * Restores the focus when the widget is enabled again, because disabling the widget removes the focus. Returns a
 * function that must be called before the widget is disabled.
 */
function useFocusAfter(busy: boolean, root: RefObject<HTMLElement | null>): () => void {
  const focused = useRef<HTMLElement>(undefined);
  useLayoutEffect(() => {
    if (busy) return;
    if (focused.current?.isConnected && document.activeElement === document.body) focused.current.focus();
    focused.current = undefined;
  }, [busy]);
  const [keep] = useState(() => () => {
    const { activeElement } = document;
    if (activeElement instanceof HTMLElement && root.current?.contains(activeElement)) focused.current = activeElement;
  });
  return keep;
}

/** Returns the names of the fields that have a Label in the widget. */
function labelledFields(value: unknown): Set<string> {
  const found = new Set<string>();
  const open: unknown[] = [value];
  while (open.length > 0) {
    const node = open.pop();
    if (!isRecord(node)) continue;
    const name = node['type'] === 'Label' ? textOf(node['fieldName']) : undefined;
    if (name !== undefined) found.add(name);
    open.push(...childrenOf(node['children']));
  }
  return found;
}
