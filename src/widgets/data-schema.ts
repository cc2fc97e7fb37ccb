// Checks the data of a widget template against the JSON Schema in its file.
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';

/**
 * Says what is wrong with data, each field once: `articles[0].title must be string`. Empty when it fits.
 */
export type DataCheck = (data: unknown) => string[];

// Formats are not checked: JSON Schema takes them as remarks unless told otherwise, and ChatKit Studio writes `uri` for
// what may well be a path. Inherited properties are none of the data's.
const settings = {
  strict: false,
  allErrors: true,
  validateFormats: false,
  ownProperties: true,
  addUsedSchema: false,
  logger: false,
} as const;

// Made when a template first needs one: an application without templates should not wait for them.
let current: Ajv2020 | undefined;
let older: Ajv | undefined;

/**
 * @param schema of the draft that its `$schema` names, from draft 6 on; without one, of 2020-12.
 * @throws Error for what is no JSON Schema.
 */
export function compileDataCheck(schema: object | boolean): DataCheck {
  const { $schema: draft, ...rest } = (typeof schema === 'boolean' ? {} : schema) as { $schema?: unknown };
  const isOlder = typeof draft === 'string' && /draft-0[67]/.test(draft);
  const ajv = isOlder ? (older ??= new Ajv(settings)) : (current ??= new Ajv2020(settings));
  const validate: ValidateFunction = ajv.compile(typeof schema === 'boolean' ? schema : rest);
  const errorsOf = (data: unknown): ErrorObject[] => (validate(data) ? [] : (validate.errors ?? []));
  return (data) => {
    const errors = errorsOf(data);
    if (errors.length === 0) return [];
    // The Studio's templates ask whether an optional field is none, and fail when it is missing, while its schemas know
    // of no null. So null stands for a field that may be missing.
    const nulls = new Set(
      errors.map(({ instancePath }) => instancePath).filter((path) => valueAt(data, path) === null),
    );
    const withoutNulls = nulls.size === 0 ? errors : errorsOf(without(data, nulls));
    if (withoutNulls.length === 0) return [];
    const missing = new Set(withoutNulls.map(pathOfMissing));
    const counted = errors.filter(({ instancePath: path }) => !nulls.has(path) || missing.has(path));
    return [...new Set((counted.length > 0 ? counted : withoutNulls).map(describe))];
  };
}

/** The JSON pointer to what is missing, for an error that says so. */
function pathOfMissing({ instancePath, params }: ErrorObject): string | undefined {
  const { missingProperty } = params as { missingProperty?: string };
  if (missingProperty === undefined) return undefined;
  return `${instancePath}/${missingProperty.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The keys that a JSON pointer names. */
function keysOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function valueAt(data: unknown, pointer: string): unknown {
  return keysOf(pointer).reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], data);
}

/** A copy without the properties that the pointers name. Elements of arrays stay. */
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

function describe({ instancePath, keyword, message, params }: ErrorObject): string {
  const known = params as { missingProperty?: string; additionalProperty?: string; unevaluatedProperty?: string };
  const unknown = known.additionalProperty ?? known.unevaluatedProperty;
  if (known.missingProperty !== undefined) return `${pathTo(instancePath, known.missingProperty)} is missing`;
  if (unknown !== undefined) return `${pathTo(instancePath, unknown)} is unknown`;
  const where = pathTo(instancePath) || 'the data';
  if (keyword === 'enum') {
    return `${where} must be one of ${JSON.stringify((params as { allowedValues: unknown }).allowedValues)}`;
  }
  return `${where} ${message ?? 'is wrong'}`;
}

/** A JSON pointer, and a property below it, as one writes it: `articles[0].title`. */
function pathTo(pointer: string, property?: string): string {
  return [...keysOf(pointer), ...(property === undefined ? [] : [property])]
    .map((key, index) => {
      if (/^\d+$/.test(key)) return `[${key}]`;
      if (!/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key)) return `[${JSON.stringify(key)}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join('');
}
