// Checkboxes and radio buttons.
import { oneOf, recordsOf, textOf } from '../read-props';
import { type ComponentProps, useAction, useWidget } from '../widget-context';
import { useFieldId, useFieldNames } from './field-names';
import { runWith } from './fields';

export function Checkbox({ node }: ComponentProps) {
  const action = useAction(node['onChangeAction'], 'none');
  const { 'aria-label': words, ...names } = useFieldNames(node);
  const label = textOf(node['label']);
  // Templates may write the value as text.
  const checked = node['defaultChecked'] === true || node['defaultChecked'] === 'true';
  return (
    <label className="ckw-choice">
      <input
        key={String(checked)}
        {...names}
        type="checkbox"
        aria-label={label === undefined ? words : undefined}
        defaultChecked={checked}
        required={node['required'] === true}
        disabled={node['disabled'] === true}
        onChange={(event) => runWith(action, node['name'], event.currentTarget.checked)}
      />
      {label !== undefined && <span>{label}</span>}
    </label>
  );
}

export function RadioGroup({ node }: ComponentProps) {
  const action = useAction(node['onChangeAction'], 'none');
  const { labelled } = useWidget();
  const { 'aria-label': words, 'data-field': name } = useFieldNames(node);
  const id = useFieldId(name);
  const value = textOf(node['defaultValue']);
  const ariaLabel = textOf(node['ariaLabel']) ?? words;
  return (
    <div
      id={id}
      className="ckw-radios"
      role="radiogroup"
      aria-label={ariaLabel}
      aria-labelledby={ariaLabel === undefined && labelled.has(name) ? `${id}-label` : undefined}
      data-direction={oneOf(node['direction'], ['row', 'col']) ?? 'row'}
    >
      {recordsOf(node['options']).map((option, index) => (
        <label key={`${value ?? ''} ${index}`} className="ckw-choice">
          <input
            type="radio"
            name={id}
            data-field={name}
            value={textOf(option['value'])}
            defaultChecked={value !== undefined && value === textOf(option['value'])}
            required={node['required'] === true}
            disabled={node['disabled'] === true || option['disabled'] === true}
            onChange={(event) => runWith(action, node['name'], event.currentTarget.value)}
          />
          <span>{textOf(option['label']) ?? textOf(option['value'])}</span>
        </label>
      ))}
    </div>
  );
}
