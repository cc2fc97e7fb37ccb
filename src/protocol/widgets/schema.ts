// Makes a zod schema of the check of a widget.
import type { z } from 'zod';
import { jsonObject } from '../schema';
import { widgetFaults } from './check';
import { knownComponents, type Place } from './known';
import { withoutNulls } from './nulls';

/**
 * A schema for a component with all that it holds. What is unknown in it is kept, what is null is left out.
 * @param place where it stands, which says which of the known components it may be.
 * @param strict whether it must be a known one, and children be as the types have them.
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
