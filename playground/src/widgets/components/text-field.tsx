// A text field of one or more lines, which checks its pattern.
import { type CSSProperties, type FocusEvent, useEffect, useRef } from 'react';
import { numberOf, oneOf, type Props, textOf } from '../read-props';
import { useFieldNames } from './field-names';

interface TextFieldProps {
  /** The props of the field, such as `name`, `defaultValue` and `required`. */
  props: Props;
  className: string;
  look: Record<string, unknown> & { style?: CSSProperties };
  /** The minimum number of lines. By default the field has one line, or as many as its text. */
  lines?: number;
}

const inputTypes = ['number', 'email', 'text', 'password', 'tel', 'url'] as const;

export function TextField({ props, className, look, lines }: TextFieldProps) {
  const value = textOf(props['defaultValue']) ?? '';
  const pattern = textOf(props['pattern']);
  const shared = {
    ...useFieldNames(props),
    ...look,
    className,
    defaultValue: value,
    placeholder: textOf(props['placeholder']),
    required: props['required'] === true,
    disabled: props['disabled'] === true,
    autoFocus: props['autoFocus'] === true,
    autoComplete: textOf(props['autoComplete']),
    ...(props['allowAutofillExtensions'] !== true && noExtensions),
    onFocus: props['autoSelect'] === true ? selectAll : undefined,
  };
  if (lines !== undefined || value.includes('\n')) {
    return <Lines key={value} {...shared} pattern={pattern} rows={lines ?? value.split('\n').length} />;
  }
  // A new default value resets the field, because it is a new state of the widget.
  return <input key={value} {...shared} pattern={pattern} type={oneOf(props['inputType'], inputTypes) ?? 'text'} />;
}

/** The attributes that tell extensions not to fill in the field. */
const noExtensions = { 'data-1p-ignore': true, 'data-lpignore': 'true', 'data-bwignore': true };

const selectAll = (event: FocusEvent<HTMLInputElement | HTMLTextAreaElement>) => event.currentTarget.select();

/** A field of several lines. It checks its pattern itself, because HTML checks patterns only in fields of one line. */
function Lines({ pattern, ...props }: React.ComponentProps<'textarea'> & { pattern?: string }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const check = () => {
    const { current } = field;
    current?.setCustomValidity(fits(current.value, pattern) ? '' : 'Please match the requested format.');
  };
  useEffect(check);
  return <textarea {...props} ref={field} onInput={check} />;
}

/** Returns true if the whole text matches the pattern. As in HTML, an empty text and an invalid pattern always match. */
function fits(text: string, pattern: string | undefined): boolean {
  if (pattern === undefined || text === '') return true;
  try {
    return new RegExp(`^(?:${pattern})$`, 'v').test(text);
  } catch {
    return true;
  }
}

/** Returns the rows of a Textarea. Default 3. */
export const rowsOf = (props: Props) => numberOf(props['rows']) ?? 3;
