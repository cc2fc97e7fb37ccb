// chatkit-express/widgets: components as functions that return plain objects: `Card({ children: [Text({ value: 'Hi' })] })`.
// jsx-runtime.ts makes them available as JSX in .tsx files.
export type { Widgets } from '../protocol';
export * from './builders';
export { createElement } from './jsx-runtime';
