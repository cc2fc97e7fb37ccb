// Widgets of ChatKit Studio: a .widget file contains a Jinja template that prints a widget as JSON, and a
// JSON Schema of its data.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { consoleLogger, type Logger } from '../logger';
import type { WidgetRoot } from '../protocol';
import { copyJson, type JsonObject } from '../protocol/json';
import { compileDataCheck, type DataCheck } from './data-schema';
import { compileTemplate } from './jinja/compile';
import { joinAsJson } from './jinja/json-output';
import { withSteps } from './jinja/steps';
import { fromJson, type OptionalKeys, RenderError, Undefined, type Value } from './jinja/values';
import { optionalKeysOf } from './optional-keys';

const DefinitionSchema = z.looseObject({
  version: z.literal('1.0'),
  name: z.string(),
  template: z.string(),
  jsonSchema: z.union([z.record(z.string(), z.unknown()), z.boolean()]).optional(),
});

/** The content of a .widget file of ChatKit Studio. Only Studio uses its other keys. */
export interface WidgetDefinition {
  version: '1.0';
  name: string;
  /** A Jinja template that prints the widget as JSON. docs/widget-templates.md lists the supported features. */
  template: string;
  /** The JSON Schema of the data. Without a schema, any data is accepted. */
  jsonSchema?: JsonObject | boolean | undefined;
  [key: string]: unknown;
}

/** The options of {@link WidgetTemplate.build}. */
export interface BuildOptions {
  /**
   * Decides about data that does not fit the `jsonSchema` of the definition. Default `warn`: builds the widget and warns
   * once about each field. `throw`: refuses the data. `off`: does not check. Unknown keys are never refused: they cause a
   * warning, except with `off`.
   */
  validate?: 'warn' | 'throw' | 'off' | undefined;
  /** Receives the warnings. Default: the console. */
  logger?: Pick<Logger, 'warn'> | undefined;
}

/** The most different warnings of one template. Data can have any number of keys. */
const mostWarnings = 100;

/** The components that a widget can have as its root. */
const rootTypes: readonly unknown[] = ['Card', 'ListView', 'Basic'];

/**
 * A template that builds widgets from data:
 *
 * ```ts
 * const articleList = WidgetTemplate.fromFile('article_list.widget', { from: import.meta.url });
 * yield* streamWidget(thread, articleList.build({ articles }));
 * ```
 *
 * The template can read only its data, and prints data only as JSON strings or within them, so that no data can
 * become a key or a component of the widget.
 */
export class WidgetTemplate {
  /** The name of the widget, as its definition says. */
  readonly name: string;
  readonly #render: ReturnType<typeof compileTemplate>;
  readonly #check: DataCheck;
  readonly #optional: OptionalKeys;
  readonly #warned = new Set<string>();

  /**
   * Parses the template and its schema, once for all widgets.
   *
   * @param definition The content of a .widget file.
   * @throws TypeError for a value that is not a definition of version 1.0, and for a `jsonSchema` that is not valid.
   * @throws SyntaxError for a template that does not parse, or that uses a feature that is not supported. Both name the widget.
   */
  constructor(definition: WidgetDefinition | JsonObject) {
    const parsed = DefinitionSchema.safeParse(definition);
    if (!parsed.success) throw new TypeError(`This is not a widget definition:\n${z.prettifyError(parsed.error)}`);
    const { name, template, jsonSchema = true } = parsed.data;
    this.name = name;
    try {
      this.#check = compileDataCheck(jsonSchema);
      this.#optional = optionalKeysOf(jsonSchema);
    } catch (cause) {
      throw new TypeError(`The jsonSchema of the widget ${name} is not valid: ${messageOf(cause)}`, { cause });
    }
    try {
      this.#render = compileTemplate(template);
    } catch (cause) {
      throw new SyntaxError(`The template of the widget ${name} cannot be used: ${messageOf(cause)}`, { cause });
    }
  }

  /**
   * Reads a template from a .widget file. Call it when the application starts, because it reads synchronously.
   *
   * @param path The file, as a path or a `file:` URL.
   * @param options.from The calling file, `import.meta.url` or `__filename`: a relative path is resolved against its
   * folder. Default: a relative path is resolved against the current directory of the process.
   * @throws Error of `node:fs` if the file cannot be read.
   * @throws TypeError for a file that is not JSON, and TypeError and SyntaxError as the constructor. Both name the file.
   */
  static fromFile(path: string | URL, options: { from?: string | URL | undefined } = {}): WidgetTemplate {
    const folder = options.from === undefined ? '' : dirname(filePath(options.from));
    const file = resolve(folder, filePath(path));
    const content = readFileSync(file, 'utf8');
    let definition: JsonObject;
    try {
      definition = JSON.parse(content) as JsonObject;
    } catch (cause) {
      throw new TypeError(`${file} is not JSON: ${messageOf(cause)}`, { cause });
    }
    try {
      return new WidgetTemplate(definition);
    } catch (cause) {
      const Kind = cause instanceof SyntaxError ? SyntaxError : TypeError;
      throw new Kind(`${file}: ${messageOf(cause)}`, { cause });
    }
  }

  /**
   * Builds a new widget from `data`.
   *
   * @param data The data of the template, as plain data. Default: none. It is copied as JSON would, so that a Date
   * becomes its text, and an undefined property is missing. A missing property that the schema knows and does not
   * require is None in the template, at every depth. It is not `defined`, and `default` replaces it.
   * @param options.validate `warn`, `throw` or `off`, see {@link BuildOptions}. Default `warn`.
   * @returns A Card, a ListView or a Basic, as the template prints it. Nulls are kept here, and omitted when the widget is
   * sent.
   * @throws TypeError for data that is not an object or that JSON cannot express. With `validate: 'throw'` also for data
   * that does not fit the `jsonSchema` of the definition. The message names each field.
   * @throws Error if the template uses a variable that the data lacks, prints data outside of a string, prints
   * something other than a widget, or takes more than 1,000,000 steps. The message names the widget.
   */
  build(data: object = {}, { validate = 'warn', logger = consoleLogger }: BuildOptions = {}): WidgetRoot {
    const plain: unknown = copyJson(data);
    if (!isObject(plain)) throw this.#misfit(['the data must be object']);
    this.#validate(plain, validate, logger);
    let widget: unknown;
    try {
      widget = withSteps(() => parseOutput(joinAsJson(this.#render(variablesOf(plain, this.#optional)))));
    } catch (cause) {
      throw new Error(`The widget ${this.name} cannot be built: ${messageOf(cause)}`, { cause });
    }
    return widget as WidgetRoot;
  }

  #validate(data: JsonObject, validate: BuildOptions['validate'], logger: Pick<Logger, 'warn'>): void {
    if (validate === 'off') return;
    if (validate !== 'warn' && validate !== 'throw') {
      throw new TypeError(`\`validate\` must be warn, throw or off, not ${String(validate)}`);
    }
    const { faults, unknown } = this.#check(data);
    if (validate === 'throw' && faults.length > 0) throw this.#misfit(faults);
    // One warning for a field of all elements of a list.
    const news = [...faults, ...unknown].filter((fault) => {
      const name = fault.replace(/\[\d+\]/g, '[]');
      return !this.#warned.has(name) && this.#warned.size < mostWarnings && this.#warned.add(name);
    });
    if (news.length > 0)
      logger.warn({ widget: this.name, faults: news }, 'the data of a widget does not fit its schema');
  }

  #misfit(faults: string[]): TypeError {
    const shown = faults.length > 8 ? [...faults.slice(0, 8), `${faults.length - 8} more`] : faults;
    return new TypeError(`The data does not fit the widget ${this.name}: ${shown.join(', ')}`);
  }
}

/** Returns the variables of a template. */
function variablesOf(data: JsonObject, optional: OptionalKeys): [string, Value][] {
  const missing = [...optional.names].filter((name) => !Object.hasOwn(data, name));
  return [
    ...missing.map((name): [string, Value] => [name, new Undefined(`'${name}' is undefined`, 'optional')]),
    ...Object.entries(data).map(([key, value]): [string, Value] => [key, fromJson(value, optional.below(key))]),
  ];
}

/** Parses the printed text. @throws RenderError if the text is not the JSON of a root component. */
function parseOutput(text: string): unknown {
  let widget: unknown;
  try {
    widget = JSON.parse(text);
  } catch (cause) {
    throw new RenderError(`the template does not print JSON: ${messageOf(cause)}`, { cause });
  }
  if (isObject(widget) && rootTypes.includes(widget['type'])) return widget;
  throw new RenderError('the template does not print a Card, a ListView or a Basic');
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function filePath(file: string | URL): string {
  return file instanceof URL || file.startsWith('file:') ? fileURLToPath(file) : file;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
