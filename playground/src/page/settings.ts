// The settings of the user: the theme, and the headers and metadata of every request.
import type { UploadStrategy } from 'chatkit-express/client';
import { createKeptStore } from './store';

export interface Looks {
  theme: 'system' | 'light' | 'dark';
  /** True for an open inspector, if there is room for it beside the chat. */
  inspector: boolean;
}

export const looks = createKeptStore<Looks>('looks', 'browser', { theme: 'system', inspector: true });

export interface RequestSettings {
  /** Headers for every request, one `name: value` per line. They may be secret, so they are kept for the tab only. */
  headers: string;
  locale: string;
  /** Unset: as the server's options say. */
  uploadStrategy?: UploadStrategy;
}

export const requestSettings = createKeptStore<RequestSettings>('requests', 'tab', { headers: '', locale: 'en' });

/** Parses the lines as headers. Skips lines that are not headers. */
export function headersOf(lines: string): Record<string, string> {
  const entries = lines.split('\n').flatMap((line) => {
    const [, name, value] = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    return name && value !== undefined ? [[name.toLowerCase(), value] as const] : [];
  });
  return Object.fromEntries(entries);
}
