// Data that comes back as something else.
import type { Fault, SuiteStore } from './fault';

/** What comes of a document on its way into the database. */
const storedAs =
  (change: <T>(value: T) => T) =>
  (right: SuiteStore): Partial<SuiteStore> => ({
    saveThread: (thread, context) => right.saveThread(change(thread), context),
    addThreadItem: (threadId, item, context) => right.addThreadItem(threadId, change(item), context),
    saveItem: (threadId, item, context) => right.saveItem(threadId, change(item), context),
    saveAttachment: (attachment, context) => right.saveAttachment(change(attachment), context),
  });

const eachText =
  (change: (text: string) => string) =>
  <T>(value: T): T =>
    JSON.parse(JSON.stringify(value), (_key, member: unknown) =>
      typeof member === 'string' ? change(member) : member,
    ) as T;

const eachNumber =
  (change: (number: number) => number) =>
  <T>(value: T): T =>
    JSON.parse(JSON.stringify(value), (_key, member: unknown) =>
      typeof member === 'number' ? change(member) : member,
    ) as T;

/** Ids as a column makes them. */
const idsAs =
  (change: (id: string) => string) =>
  (right: SuiteStore): Partial<SuiteStore> => ({
    loadThread: (id, context) => right.loadThread(change(id), context),
    saveThread: (thread, context) => right.saveThread({ ...thread, id: change(thread.id) }, context),
  });

export const stored: Record<string, Fault> = {
  'drops unknown fields': {
    foundBy: /fields that this version does not know survive/,
    make: (right) => ({
      saveThread: ({ id, created_at, title, status, allowed_image_domains, metadata }, context) =>
        right.saveThread({ id, created_at, title, status, allowed_image_domains, metadata }, context),
    }),
  },
  'drops U+0000': {
    foundBy: /texts keep every character/,
    make: storedAs(eachText((text) => text.replaceAll('\0', ''))),
  },
  'replaces halves of characters': {
    foundBy: /texts keep every character/,
    make: storedAs(eachText((text) => Buffer.from(text).toString())),
  },
  'normalises texts': {
    foundBy: /texts keep every character/,
    make: storedAs(eachText((text) => text.normalize())),
  },
  'cuts texts at 64 kB': {
    foundBy: /items of 10 MB/,
    make: storedAs(eachText((text) => text.slice(0, 65_536))),
  },
  'keeps numbers in 32 bits': {
    foundBy: /numbers keep every digit/,
    make: storedAs(eachNumber(Math.fround)),
  },
  'drops members that are null': {
    foundBy: /nulls, booleans and empty values/,
    make: storedAs(
      <T>(value: T): T =>
        JSON.parse(JSON.stringify(value), (_key, member: unknown) => (member === null ? undefined : member)) as T,
    ),
  },
  'gives times as Date': {
    foundBy: /threads are stored whole/,
    make: (right) => ({
      loadThread: async (threadId, context) => {
        const thread = await right.loadThread(threadId, context);
        return { ...thread, created_at: new Date(thread.created_at) as unknown as string };
      },
    }),
  },
  'loses keys named __proto__': {
    foundBy: /keys such as __proto__/,
    make: storedAs(<T>(value: T): T => {
      const copy = (given: unknown): unknown => {
        if (typeof given !== 'object' || given === null) return given;
        if (Array.isArray(given)) return given.map(copy);
        const copied: Record<string, unknown> = {};
        for (const [key, member] of Object.entries(given)) copied[key] = copy(member);
        return copied;
      };
      return copy(value) as T;
    }),
  },
  'lower-cases ids': { foundBy: /ids of any kind/, make: idsAs((id) => id.toLowerCase()) },
  'trims ids': { foundBy: /ids of any kind/, make: idsAs((id) => id.trim()) },
  'cuts ids at 255 characters': { foundBy: /ids of any kind/, make: idsAs((id) => id.slice(0, 255)) },
  'refuses ids with U+0000': {
    foundBy: /ids with U\+0000/,
    make: (right) => ({
      loadThread: async (id, context) => {
        if (id.includes('\0')) throw new Error('invalid byte sequence for encoding "UTF8": 0x00');
        return right.loadThread(id, context);
      },
    }),
  },
};
