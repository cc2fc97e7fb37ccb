// The types of requests and answers as the page reads them. The values may be wrong, because the page also shows wrong
// answers.
import type { Annotation, Attachment } from 'chatkit-express/protocol';

export type { Annotation, Attachment };
export type { Item, ItemOf, MessageInput, ThreadInfo } from 'chatkit-express/client';
export { itemTypes } from '../../../src/client/items';
export { objectOf } from '../../../src/client/wire';
