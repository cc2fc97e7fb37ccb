// The sources that an answer can cite (web pages, files and entities), and the annotations that cite them.
import { z } from 'zod';
import { type Icon, IconSchema } from './icons';
import type { JsonObject } from './json';
import { named, namedUnion } from './named-schema';
import { defaulted, jsonObject, openObject, optional } from './schema';

interface SourceBase {
  title: string;
  description?: string | undefined;
  /** An ISO 8601 date. */
  timestamp?: string | undefined;
  group?: string | undefined;
}
const base = {
  title: z.string(),
  description: optional(z.string()),
  timestamp: optional(z.string()),
  group: optional(z.string()),
};

/** A web page as a source. */
export interface UrlSource extends SourceBase {
  type: 'url';
  url: string;
  /** The name of the site. */
  attribution?: string | undefined;
}
const urlSource = openObject({
  ...base,
  type: z.literal('url'),
  url: z.string(),
  attribution: optional(z.string()),
});
export const UrlSourceSchema = named<UrlSource>()(urlSource);

/** A file as a source. */
export interface FileSource extends SourceBase {
  type: 'file';
  filename: string;
}
const fileSource = openObject({ ...base, type: z.literal('file'), filename: z.string() });
export const FileSourceSchema = named<FileSource>()(fileSource);

/** An entity as a hook may write it: `interactive` and `data` may be left out. */
export interface EntitySourceInput extends SourceBase {
  type: 'entity';
  id: string;
  icon?: Icon | undefined;
  label?: string | undefined;
  inline_label?: string | undefined;
  /** Makes the source clickable. Default false. */
  interactive?: boolean | undefined;
  /** The application's own data, which the page receives. Default `{}`. */
  data?: JsonObject | undefined;
  /** `lazy` makes the page request a preview on hover. Default: no preview. */
  preview?: 'lazy' | undefined;
}
/** An entity of the application as a source. */
export interface EntitySource extends EntitySourceInput {
  interactive: boolean;
  data: JsonObject;
}
const entitySource = openObject({
  ...base,
  type: z.literal('entity'),
  id: z.string(),
  icon: optional(IconSchema),
  label: optional(z.string()),
  inline_label: optional(z.string()),
  interactive: defaulted(z.boolean(), false),
  data: defaulted(jsonObject, () => ({})),
  preview: optional(z.literal('lazy')),
});
export const EntitySourceSchema = named<EntitySource, EntitySourceInput>()(entitySource);

/** A source that an answer can cite. */
export type Source = UrlSource | FileSource | EntitySource;
/** A source as a hook may write it: keys with a default may be left out. */
export type SourceInput = UrlSource | FileSource | EntitySourceInput;
export const SourceSchema = namedUnion<Source, SourceInput>()(
  z.discriminatedUnion('type', [urlSource, fileSource, entitySource]),
);

/** An annotation as a hook may write it: keys with a default may be left out. */
export interface AnnotationInput {
  /** Default `annotation`. */
  type?: 'annotation' | undefined;
  source: SourceInput;
  /**
   * The offset in the text after which the mark is shown, in characters. Without an index the source is only listed.
   */
  index?: number | undefined;
}
/** A mark in the text of an answer that cites a source. */
export interface Annotation extends AnnotationInput {
  type: 'annotation';
  source: Source;
}
export const AnnotationSchema = named<Annotation, AnnotationInput>()(
  openObject({
    type: defaulted(z.literal('annotation'), 'annotation'),
    source: SourceSchema,
    index: optional(z.int().min(0)),
  }),
);
