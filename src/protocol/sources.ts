// What an answer can point at: pages, files, entities; and the annotations that do so.
import { z } from 'zod';
import { IconSchema } from './icons';
import { JsonObjectSchema } from './json';
import { defaulted, openObject, optional } from './schema';

const base = {
  title: z.string(),
  description: optional(z.string()),
  timestamp: optional(z.string()),
  group: optional(z.string()),
};

export const UrlSourceSchema = openObject({
  ...base,
  type: z.literal('url'),
  url: z.string(),
  attribution: optional(z.string()),
});
export type UrlSource = z.infer<typeof UrlSourceSchema>;

export const FileSourceSchema = openObject({ ...base, type: z.literal('file'), filename: z.string() });
export type FileSource = z.infer<typeof FileSourceSchema>;

export const EntitySourceSchema = openObject({
  ...base,
  type: z.literal('entity'),
  id: z.string(),
  icon: optional(IconSchema),
  label: optional(z.string()),
  inline_label: optional(z.string()),
  interactive: defaulted(z.boolean(), false),
  data: defaulted(JsonObjectSchema, () => ({})),
  preview: optional(z.literal('lazy')),
});
export type EntitySource = z.infer<typeof EntitySourceSchema>;

export const SourceSchema = z.discriminatedUnion('type', [UrlSourceSchema, FileSourceSchema, EntitySourceSchema]);
export type Source = z.infer<typeof SourceSchema>;

/** A mark on an answer's text. `index` is the character it belongs after; without one the source is only listed. */
export const AnnotationSchema = openObject({
  type: defaulted(z.literal('annotation'), 'annotation'),
  source: SourceSchema,
  index: optional(z.int().min(0)),
});
export type Annotation = z.infer<typeof AnnotationSchema>;
/** An annotation as a hook may write it: what has a default may be left out. */
export type AnnotationInput = z.input<typeof AnnotationSchema>;
