// Short messages at the edge of the page, for events outside of the thread.
import { createStore } from './store';

export interface Toast {
  id: number;
  kind: 'info' | 'problem';
  title: string;
  detail?: string;
}

export const toasts = createStore<readonly Toast[]>([]);
let lastId = 0;

/** Shows a message for a while; problems stay until they are dismissed. */
export function showToast(toast: Omit<Toast, 'id'>): void {
  const id = ++lastId;
  toasts.set((before) => [...before.slice(-3), { ...toast, id }]);
  if (toast.kind === 'info') setTimeout(() => dismissToast(id), 6000);
}

export function dismissToast(id: number): void {
  toasts.set((before) => before.filter((toast) => toast.id !== id));
}
