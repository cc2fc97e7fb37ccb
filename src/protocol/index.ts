// chatkit-express/protocol: the wire format as zod schemas and types, without a server. Read requests.ts, then
// events.ts.
export * from './attachments';
export * from './content';
export * from './events';
export * from './icons';
export * from './items';
export { type JsonObject, maxJsonDepth } from './json';
export * from './json-schemas';
export { type Schema, type UnionSchema } from './named-schema';
export * from './pagination';
export { applyItemEvent, type ThreadItemEvent, updateItem } from './reducer';
export * from './requests';
export * from './sources';
export * from './structured-input';
export * from './threads';
export * from './updates';
export * from './widgets';
export * from './workflows';
