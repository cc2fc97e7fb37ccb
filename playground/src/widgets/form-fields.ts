// Reads the values of form fields from the DOM.
import { type FormValues, setField } from './form-values';

/** Selects the elements of fields. `data-field` holds the name, because radio buttons use `name` for their groups. */
const marked = '[data-field]';
/** Returns the value of a field: a boolean for checkboxes, or else text. Returns undefined if nothing is selected. */
function valueOf(field: Element): string | boolean | undefined {
  if (field instanceof HTMLInputElement) {
    if (field.type === 'checkbox') return field.checked;
    if (field.type === 'radio') return field.checked ? field.value : undefined;
    if (field.type === 'date') return field.value === '' ? undefined : field.value;
    return field.value;
  }
  if (field instanceof HTMLSelectElement) return field.value === '' ? undefined : field.value;
  return field instanceof HTMLTextAreaElement ? field.value : undefined;
}

/** Returns the values of the fields within an element. */
export function collectFields(container: Element): FormValues {
  const values: FormValues = {};
  for (const field of container.querySelectorAll<HTMLElement>(marked)) {
    const name = field.dataset['field'] ?? '';
    const value = valueOf(field);
    if (value === undefined) continue;
    if (!setField(values, name, value)) console.warn(`The widget's field ${name} cannot be sent: its name is taken.`);
  }
  return values;
}

/** Shows the error of the first invalid field, as the browser does. Returns true if all fields are valid. */
export function reportValidity(container: Element): boolean {
  const fields = container.querySelectorAll<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>(marked);
  return [...fields].every((field) => field.reportValidity());
}
