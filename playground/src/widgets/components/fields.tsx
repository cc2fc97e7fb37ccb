// Input fields, selects, date pickers and their labels. They are native HTML elements, so that keyboards, screen
// readers and the pickers of phones work.
import { useRef } from 'react';
import { setField } from '../form-values';
import { numberOf, oneOf, type Props, recordsOf, textOf } from '../read-props';
import { withoutGaps } from '../style/box';
import { colourOf } from '../style/colour';
import { type ActionControl, type ComponentProps, useAction, useTheme } from '../widget-context';
import { controlSizes, controlVariants } from './button';
import { IconMark } from './content';
import { useFieldId, useFieldNames } from './field-names';
import { rowsOf, TextField } from './text-field';

/** Returns the attributes that select the style of a field. */
function fieldLook(props: Props) {
  return {
    'data-variant': oneOf(props['variant'], controlVariants) ?? 'outline',
    'data-size': oneOf(props['size'], controlSizes) ?? 'md',
    'data-gutter': oneOf(props['gutterSize'], ['2xs', 'xs', 'sm', 'md', 'lg', 'xl']),
    'data-pill': props['pill'] === true,
    'data-block': props['block'] !== false,
  };
}

/** Sends the action of a field with the value of the field under its name. */
export function runWith(action: ActionControl, name: unknown, value: unknown) {
  const values = {};
  setField(values, textOf(name) ?? '', value);
  action.run(values);
}

export const Input = ({ node }: ComponentProps) => (
  <TextField props={node} className="ckw-field" look={fieldLook(node)} />
);

export function Textarea({ node }: ComponentProps) {
  const most = numberOf(node['maxRows']);
  const look = {
    ...fieldLook(node),
    'data-grows': node['autoResize'] === true,
    style: withoutGaps({ maxHeight: most === undefined ? undefined : `calc(${most}lh + 1rem)` }),
  };
  return <TextField props={node} className="ckw-field ckw-lines" look={look} lines={rowsOf(node)} />;
}

export function Select({ node }: ComponentProps) {
  const action = useAction(node['onChangeAction'], 'none');
  const names = useFieldNames(node);
  const value = textOf(node['defaultValue']) ?? '';
  const clearable = node['clearable'] === true;
  return (
    <span className="ckw-select" data-block={node['block'] === true}>
      <select
        key={value}
        {...names}
        {...fieldLook(node)}
        className="ckw-field"
        defaultValue={value}
        disabled={node['disabled'] === true}
        required={node['required'] === true}
        onChange={(event) => runWith(action, node['name'], event.currentTarget.value)}
      >
        {/* The empty option is shown until the user chooses. In a clearable field the user can choose it again. */}
        {(clearable || value === '') && (
          <option value="" disabled={!clearable}>
            {textOf(node['placeholder']) ?? 'Select…'}
          </option>
        )}
        {recordsOf(node['options']).map((option, index) => (
          <option key={index} value={textOf(option['value'])} disabled={option['disabled'] === true}>
            {textOf(option['label']) ?? textOf(option['value'])}
          </option>
        ))}
      </select>
      <IconMark name="lucide:chevron-down" size="sm" />
    </span>
  );
}

/** Returns the day of an ISO 8601 date as it is written, because a conversion to a time zone could change the day. */
const dayOf = (value: unknown) => /^\d{4}-\d{2}-\d{2}/.exec(textOf(value) ?? '')?.[0];

export function DatePicker({ node }: ComponentProps) {
  const action = useAction(node['onChangeAction'], 'none');
  const names = useFieldNames(node);
  const field = useRef<HTMLInputElement>(null);
  const value = dayOf(node['defaultValue']) ?? '';
  const clear = () => {
    if (!field.current) return;
    field.current.value = '';
    field.current.focus();
    runWith(action, node['name'], '');
  };
  return (
    <span className="ckw-date" data-block={node['block'] === true}>
      <input
        key={value}
        {...names}
        {...fieldLook(node)}
        ref={field}
        className="ckw-field"
        type="date"
        defaultValue={value}
        min={dayOf(node['min'])}
        max={dayOf(node['max'])}
        required={node['required'] === true}
        disabled={node['disabled'] === true}
        onChange={(event) => runWith(action, node['name'], event.currentTarget.value)}
      />
      {node['clearable'] === true && (
        <button type="button" className="ckw-clear" aria-label="Clear the date" onClick={clear}>
          <IconMark name="lucide:x" size="sm" />
        </button>
      )}
    </span>
  );
}

export function Label({ node }: ComponentProps) {
  const id = useFieldId(textOf(node['fieldName']) ?? '');
  const style = withoutGaps({
    color: colourOf(node['color'], useTheme(), 'text'),
    textAlign: oneOf(node['textAlign'], ['start', 'center', 'end']),
  });
  return (
    <label
      id={`${id}-label`}
      htmlFor={id}
      className="ckw-label"
      data-size={textOf(node['size'])}
      data-weight={textOf(node['weight'])}
      style={style}
    >
      {textOf(node['value'])}
    </label>
  );
}
