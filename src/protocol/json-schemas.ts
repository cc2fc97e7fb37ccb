// The schemas of values that the application defines.
import type { JsonObject } from './json';
import { named } from './named-schema';
import { jsonObject, jsonValue } from './schema';

/** Any JSON value nested at most {@link maxJsonDepth} levels deep. */
export const JsonSchema = named<unknown>()(jsonValue);
/** A JSON object nested at most {@link maxJsonDepth} levels deep. */
export const JsonObjectSchema = named<JsonObject>()(jsonObject);
