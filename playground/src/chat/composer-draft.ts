// The draft of the composer. It outlives the composer, which questions can replace.
import { createStore } from '../page/store';

export interface ComposerDraft {
  text: string;
  quote: string;
  model?: string;
  tool?: string;
}

export const composerDraft = createStore<ComposerDraft>({ text: '', quote: '' });

export function changeDraft(changes: Partial<ComposerDraft>): void {
  composerDraft.set((before) => ({ ...before, ...changes }));
}
