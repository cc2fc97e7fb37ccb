// What the person at the page can choose: its looks, and what goes with every request.
import type { UploadStrategy } from '../protocol/uploads';
import { createKeptStore } from './store';

export interface Looks {
  theme: 'system' | 'light' | 'dark';
  /** Whether the inspector is open, where there is room for both. */
  inspector: boolean;
}

export const looks = createKeptStore<Looks>('looks', 'browser', { theme: 'system', inspector: true });

export interface RequestSettings {
  /** Headers for every request, one `name: value` a line. They may be secret, so they go with the tab. */
  headers: string;
  locale: string;
  /** Unset: as the server's options say. */
  uploadStrategy?: UploadStrategy;
}

export const requestSettings = createKeptStore<RequestSettings>('requests', 'tab', { headers: '', locale: 'en' });

/** The lines as headers. Lines that are none are left out. */
export function headersOf(lines: string): Record<string, string> {
  const entries = lines.split('\n').flatMap((line) => {
    const [, name, value] = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    return name && value !== undefined ? [[name.toLowerCase(), value] as const] : [];
  });
  return Object.fromEntries(entries);
}
