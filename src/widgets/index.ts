// chatkit-express/widgets: components as functions that give plain objects, `Card({ children: [Text({ value: 'Hi' })] })`.
// jsx-runtime.ts lets a .tsx file write the same as markup.
export type { Widgets } from '../protocol';
export * from './builders';
export { createElement } from './jsx-runtime';
