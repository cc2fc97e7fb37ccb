// Reads the fields of a form from the page, where the browser keeps what was typed.
import { type FormValues, setField } from './form-values';

/** Where the value of a field is, marked on its element: names in HTML are taken by the groups of radio buttons. */
const marked = '[data-field]';
/** Returns the value of a field, or undefined if nothing is selected. Checkboxes have booleans, all others text. */
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

/** Reports the first invalid field, as the browser does. */
export function reportValidity(container: Element): boolean {
  const fields = container.querySelectorAll<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>(marked);
  return [...fields].every((field) => field.reportValidity());
}
