// Wraps the check of a widget in a zod schema.
import type { z } from 'zod';
import { jsonObject } from '../schema';
import { widgetFaults } from './check';
import { knownComponents, type Place } from './known';
import { withoutNulls } from './nulls';

/**
 * Returns the schema of a component with its children. The schema keeps unknown props, and leaves out props that are
 * null.
 * @param place the place of the component, which decides which of the known components are allowed.
 * @param strict requires a known component, and children as the types define them. Default false.
 */
export function componentSchema<Component>(place: Place, strict = false): z.ZodType<Component, Component> {
  return jsonObject.transform((given, context) => {
    const component = withoutNulls(given);
    for (const { path, message } of widgetFaults(component, place, strict)) {
      context.issues.push({ code: 'custom', path, message, input: given });
    }
    const { type } = component;
    if (strict && typeof type === 'string' && type !== '' && !knownComponents.has(type)) {
      context.issues.push({ code: 'custom', path: ['type'], message: `there is no component ${type}`, input: type });
    }
    return component;
  }) as unknown as z.ZodType<Component, Component>;
}
