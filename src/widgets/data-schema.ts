// Checks the data of a widget template against the JSON Schema in its file.
import type { Ajv, ErrorObject, ValidateFunction } from 'ajv';
import type { Ajv2020 } from 'ajv/dist/2020.js';
import { loadAjv, loadAjv2020 } from './ajv.cjs';

/** The differences between data and its schema. Both lists are empty if the data fits. */
interface DataFaults {
  /** Names each field that does not fit, once: `articles[0].title must be string`. */
  faults: string[];
  /** Names each key that the schema does not allow, once: `articles[0].tags is unknown`. */
  unknown: string[];
}

/** Compares data with a schema. */
export type DataCheck = (data: unknown) => DataFaults;

// Formats are not checked, because JSON Schema treats them as annotations by default, and ChatKit Studio writes `uri` for
// data that can be a path. Inherited properties do not belong to the data.
const settings = {
  strict: false,
  allErrors: true,
  validateFormats: false,
  ownProperties: true,
  addUsedSchema: false,
  logger: false,
} as const;

// Each validator is loaded and made for the first template that needs it, so that an application without templates
// starts faster.
let current: Ajv2020 | undefined;
let older: Ajv | undefined;

/**
 * @param schema A JSON Schema of the draft in its `$schema`, from draft 6 on. Default: draft 2020-12.
 * @throws Error for a value that is not a JSON Schema.
 */
export function compileDataCheck(schema: object | boolean): DataCheck {
  const { $schema: draft, ...rest } = (typeof schema === 'boolean' ? {} : schema) as { $schema?: unknown };
  const isOlder = typeof draft === 'string' && /draft-0[67]/.test(draft);
  const ajv = isOlder ? (older ??= new (loadAjv())(settings)) : (current ??= new (loadAjv2020())(settings));
  const exact: ValidateFunction = ajv.compile(typeof schema === 'boolean' ? schema : rest);
  let open: ValidateFunction | undefined;
  return (data) => {
    const errors = errorsOf(exact, data);
    const unknown = [...new Set(errors.filter((error) => unknownKey(error) !== undefined).map(describe))];
    if (unknown.length === 0) return { faults: faultsOf(exact, data, errors), unknown };
    open ??= ajv.compile(withoutClosing(rest) as object);
    return { faults: faultsOf(open, data, errorsOf(open, data)), unknown };
  };
}

function errorsOf(validate: ValidateFunction, data: unknown): ErrorObject[] {
  return validate(data) ? [] : (validate.errors ?? []);
}

/**
 * Returns the errors that count. Templates of Studio ask whether an optional field is none, while their schemas do not
 * allow null. So null is accepted for a field that is not required.
 */
function faultsOf(validate: ValidateFunction, data: unknown, errors: ErrorObject[]): string[] {
  const nulls = new Set(errors.map(({ instancePath }) => instancePath).filter((path) => valueAt(data, path) === null));
  const withoutNulls = nulls.size === 0 ? errors : errorsOf(validate, without(data, nulls));
  if (withoutNulls.length === 0) return [];
  const missing = new Set(withoutNulls.map(pathOfMissing));
  const counted = errors.filter(({ instancePath: path }) => !nulls.has(path) || missing.has(path));
  return [...new Set((counted.length > 0 ? counted : withoutNulls).map(describe))];
}

/** Keywords whose keys are names of properties or definitions, and not keywords. */
const maps: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
  'dependentSchemas',
]);
/** Keywords whose values are not schemas, or schemas that must not match. */
const opaque: ReadonlySet<string> = new Set(['enum', 'const', 'default', 'examples', 'not', 'if']);

/** Returns a copy of the schema that allows unknown keys. More than one alternative of a `oneOf` can match it. */
function withoutClosing(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutClosing);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema as Record<string, unknown>)
    .filter(([key, value]) => value !== false || !/^(additional|unevaluated)Properties$/.test(key))
    .map(([key, value]): [string, unknown] => {
      if (opaque.has(key)) return [key, value];
      if (maps.has(key) && typeof value === 'object' && value !== null) {
        return [
          key,
          Object.fromEntries(
            Object.entries(value as Record<string, unknown>).map(([name, inner]) => [name, withoutClosing(inner)]),
          ),
        ];
      }
      return [key === 'oneOf' && !('anyOf' in schema) ? 'anyOf' : key, withoutClosing(value)];
    });
  return Object.fromEntries(entries);
}

/** Returns the unknown key of an error. */
function unknownKey({ params }: ErrorObject): string | undefined {
  const known = params as { additionalProperty?: string; unevaluatedProperty?: string };
  return known.additionalProperty ?? known.unevaluatedProperty;
}

/** Returns the JSON pointer to the missing property of an error. */
function pathOfMissing({ instancePath, params }: ErrorObject): string | undefined {
  const { missingProperty } = params as { missingProperty?: string };
  if (missingProperty === undefined) return undefined;
  return `${instancePath}/${missingProperty.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** Returns the keys of a JSON pointer. */
function keysOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function valueAt(data: unknown, pointer: string): unknown {
  return keysOf(pointer).reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], data);
}

/** Returns a copy without the properties that the pointers name. Elements of arrays stay. */
function without(data: unknown, pointers: ReadonlySet<string>): unknown {
  const copy = structuredClone(data);
  for (const pointer of pointers) {
    const keys = keysOf(pointer);
    const last = keys.pop();
    const holder = keys.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], copy);
    if (last !== undefined && !Array.isArray(holder)) Reflect.deleteProperty(holder as object, last);
  }
  return copy;
}

function describe(error: ErrorObject): string {
  const { instancePath, keyword, message, params } = error;
  const known = params as { missingProperty?: string };
  const unknown = unknownKey(error);
  if (known.missingProperty !== undefined) return `${pathTo(instancePath, known.missingProperty)} is missing`;
  if (unknown !== undefined) return `${pathTo(instancePath, unknown)} is unknown`;
  const where = pathTo(instancePath) || 'the data';
  if (keyword === 'enum') {
    return `${where} must be one of ${JSON.stringify((params as { allowedValues: unknown }).allowedValues)}`;
  }
  return `${where} ${message ?? 'is wrong'}`;
}

/** Returns a JSON pointer and a property below it as a path: `articles[0].title`. */
function pathTo(pointer: string, property?: string): string {
  return [...keysOf(pointer), ...(property === undefined ? [] : [property])]
    .map((key, index) => {
      if (/^\d+$/.test(key)) return `[${key}]`;
      if (!/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key)) return `[${JSON.stringify(key)}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join('');
}
