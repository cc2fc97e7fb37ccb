// Keeps the id of the open thread in the tab, so that a reload opens the thread again.
import type { Chat } from 'chatkit-express/client';
import { createKeptStore } from './store';

/**
 * Loads the list of threads, and opens the thread that was open before a reload. From then on keeps the id of the open
 * thread. Forgets a thread that cannot be loaded.
 * @param endpoint The URL of the endpoint, because one tab may show several playgrounds.
 */
export async function startWithKeptThread(client: Chat, endpoint: string): Promise<void> {
  const kept = createKeptStore<{ id: string | null }>(`thread:${endpoint}`, 'tab', { id: null });
  const { id } = kept.get();
  const list = client.loadThreads();
  if (typeof id === 'string' && id !== '') {
    await client.openThread(id);
    if (client.snapshot().itemsLoading === 'failed' && client.snapshot().threadId === id) client.newThread();
  }
  const keep = () => {
    const { threadId } = client.snapshot();
    if (threadId !== kept.get().id) kept.set({ id: threadId });
  };
  client.subscribe(keep);
  keep();
  await list;
}
