// How a field is named: to the form, to its Label, and to whoever cannot see what stands beside it.
import { textOf, type Props } from '../read-props';
import { useWidget } from '../widget-context';

/** The id that a Label points to. */
export function useFieldId(name: string): string {
  return `${useWidget().rootId}${name}`;
}

/** A name in words: `todo.due_date` is read as "due date". */
function inWords(name: string): string {
  const last = name.split('.').at(-1) ?? name;
  return last
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[_-]+/g, ' ')
    .toLowerCase();
}

/** The attributes that every field has. A field without a Label is called by its placeholder, or else by its name. */
export function useFieldNames(props: Props) {
  const { labelled } = useWidget();
  const name = textOf(props['name']) ?? '';
  const id = useFieldId(name);
  const words = textOf(props['placeholder']) ?? inWords(name);
  return { id, 'data-field': name, 'aria-label': labelled.has(name) ? undefined : words };
}
