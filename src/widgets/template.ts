// Widgets that were drawn in ChatKit Studio: a .widget file holds a Jinja template that prints a widget as JSON, and a
// JSON Schema of its data.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { WidgetRoot } from '../protocol';
import { copyJson, type JsonObject } from '../protocol/json';
import { compileDataCheck, type DataCheck } from './data-schema';
import { compileTemplate } from './jinja/compile';
import { joinAsJson } from './jinja/json-output';
import { fromJson, RenderError } from './jinja/values';

const DefinitionSchema = z.looseObject({
  version: z.literal('1.0'),
  name: z.string(),
  template: z.string(),
  jsonSchema: z.union([z.record(z.string(), z.unknown()), z.boolean()]).optional(),
});

/** What a .widget file holds, as ChatKit Studio exports it. Its other keys are for the Studio. */
export interface WidgetDefinition {
  version: '1.0';
  name: string;
  /** A Jinja template that prints the widget as JSON. docs/widget-templates.md lists what it may use. */
  template: string;
  /** The JSON Schema of the data. Without one, any data is taken. */
  jsonSchema?: JsonObject | boolean | undefined;
  [key: string]: unknown;
}

/** The components that a widget can have as its root. */
const rootTypes: readonly unknown[] = ['Card', 'ListView', 'Basic'];

/**
 * A widget to be filled with data:
 *
 * ```ts
 * const articleList = WidgetTemplate.fromFile('article_list.widget', { from: import.meta.url });
 * yield* streamWidget(thread, articleList.build({ articles }));
 * ```
 *
 * The template reaches its data and nothing else, and prints it as JSON strings or into them, so that no data can
 * become a key or a component of the widget.
 */
export class WidgetTemplate {
  /** The name of the widget, as its definition says. */
  readonly name: string;
  readonly #render: ReturnType<typeof compileTemplate>;
  readonly #check: DataCheck;

  /**
   * Parses the template and its schema, once for all that is built.
   *
   * @param definition the content of a .widget file.
   * @throws TypeError for what is no definition of version 1.0, and for a schema that is none.
   * @throws SyntaxError for a template that does not parse, or that uses what is not supported. Both name the widget.
   */
  constructor(definition: WidgetDefinition | JsonObject) {
    const parsed = DefinitionSchema.safeParse(definition);
    if (!parsed.success) throw new TypeError(`This is no widget definition:\n${z.prettifyError(parsed.error)}`);
    const { name, template, jsonSchema = true } = parsed.data;
    this.name = name;
    try {
      this.#check = compileDataCheck(jsonSchema);
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
   * The template in a .widget file, which is read at once and synchronously: call it when the application starts.
   *
   * @param path the file, as a path or a `file:` URL.
   * @param options.from the file that asks, `import.meta.url` or `__filename`: a relative path is then taken from its
   * folder. Without it, a relative path is taken from the current directory of the process.
   * @throws Error when the file cannot be read, as `node:fs` throws it.
   * @throws TypeError and SyntaxError as the constructor, and for a file that is not JSON, naming the file.
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
   * The widget for `data`, made anew for each call.
   *
   * @param data what the template is to show, as plain data; none by default. It is copied as JSON would, so that a
   * Date becomes its text, and what is undefined is missing.
   * @returns a Card, a ListView or a Basic, as the template says. Nulls in it are kept, and left out when it is
   * sent.
   * @throws TypeError for data that does not fit the definition's `jsonSchema`, naming each field that does not, and
   * for data that JSON cannot say.
   * @throws Error when the template uses what the data lacks, prints data where it would not be a string, or prints
   * anything but a widget. The message names the widget.
   */
  build(data: object = {}): WidgetRoot {
    const plain: unknown = copyJson(data);
    const faults = isObject(plain) ? this.#check(plain) : ['the data must be object'];
    if (faults.length > 0 || !isObject(plain)) {
      const shown = faults.length > 8 ? [...faults.slice(0, 8), `${faults.length - 8} more`] : faults;
      throw new TypeError(`The data does not fit the widget ${this.name}: ${shown.join(', ')}`);
    }
    let widget: unknown;
    try {
      widget = parseOutput(
        joinAsJson(this.#render(Object.entries(plain).map(([key, value]) => [key, fromJson(value)]))),
      );
    } catch (cause) {
      throw new Error(`The widget ${this.name} cannot be built: ${messageOf(cause)}`, { cause });
    }
    return widget as WidgetRoot;
  }
}

/** @throws RenderError for what is not the JSON of a widget's root. */
function parseOutput(text: string): unknown {
  let widget: unknown;
  try {
    widget = JSON.parse(text);
  } catch (cause) {
    throw new RenderError(`the template does not print JSON: ${messageOf(cause)}`, { cause });
  }
  if (isObject(widget) && rootTypes.includes(widget['type'])) return widget;
  throw new RenderError('the template prints no Card, ListView or Basic');
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
