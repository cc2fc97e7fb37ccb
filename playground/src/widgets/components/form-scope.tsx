// A form, or a card that acts as a form. Collects the fields, checks them as the browser does, and sends the action.
import { type CSSProperties, type KeyboardEvent, type ReactNode, type SyntheticEvent, use, useRef } from 'react';
import { collectFields, reportValidity } from '../form-fields';
import { FormContext, type FormContextValue, useAction } from '../widget-context';

export interface FormScopeProps {
  /** The action of the form. */
  action: unknown;
  className: string;
  direction?: 'row' | 'col';
  style?: CSSProperties;
  children: ReactNode;
}

export function FormScope({ action: config, className, direction, style, children }: FormScopeProps) {
  const around = use(FormContext);
  const element = useRef<HTMLElement>(null);
  const action = useAction(config, 'container');
  const collect = () => (element.current ? collectFields(element.current) : {});
  const check = () => element.current !== null && reportValidity(element.current);
  const submit = () => {
    if (check()) action.run(collect());
  };
  const native = around === undefined;
  const form: FormContextValue = { native, hasAction: action.available, collect, check, submit };
  const shared = {
    className,
    style,
    'data-direction': direction,
    children: <FormContext value={form}>{children}</FormContext>,
  };
  if (!native) return <InnerForm {...shared} reference={(found) => void (element.current = found)} submit={submit} />;

  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    submit();
  };
  return <form {...shared} ref={(found) => void (element.current = found)} onSubmit={onSubmit} />;
}

interface InnerFormProps extends Omit<FormScopeProps, 'action' | 'direction'> {
  reference: (element: HTMLElement | null) => void;
  submit: () => void;
}

/** A form inside a form. It handles the Enter key itself, because HTML does not allow nested forms. */
function InnerForm({ reference, submit, ...shared }: InnerFormProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.target instanceof HTMLInputElement) || event.nativeEvent.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    submit();
  };
  return <div {...shared} ref={reference} role="group" aria-label="Form" onKeyDown={onKeyDown} />;
}
