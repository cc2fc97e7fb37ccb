// Names a field for the form, for its Label and for screen readers.
import { textOf, type Props } from '../read-props';
import { useWidget } from '../widget-context';

/** Returns the id of a field, to which its Label refers. */
export function useFieldId(name: string): string {
  return `${useWidget().rootId}${name}`;
}

/** Returns a field name in words: `todo.due_date` becomes "due date". */
function inWords(name: string): string {
  const last = name.split('.').at(-1) ?? name;
  return last
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[_-]+/g, ' ')
    .toLowerCase();
}

/** Returns the attributes of a field. Without a Label, the field is named by its placeholder, or else by its name. */
export function useFieldNames(props: Props) {
  const { labelled } = useWidget();
  const name = textOf(props['name']) ?? '';
  const id = useFieldId(name);
  const words = textOf(props['placeholder']) ?? inWords(name);
  return { id, 'data-field': name, 'aria-label': labelled.has(name) ? undefined : words };
}
