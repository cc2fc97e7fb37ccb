// Starts the page: asks its server where the endpoint is, and shows the chat.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { PlaygroundPageOptions } from '../../src/playground/config';
import { App } from './page/app';
import { startWithKeptThread } from './page/kept-thread';
import { createPlayground, PlaygroundProvider } from './page/playground';
import './styles/page.css';

async function start(root: HTMLElement): Promise<void> {
  const response = await fetch('config.json');
  if (!response.ok) throw new Error(`config.json was answered ${response.status}`);
  const config = (await response.json()) as PlaygroundPageOptions;
  if (config.title !== undefined) document.title = config.title;
  const playground = createPlayground(config, location.href);
  createRoot(root).render(
    <StrictMode>
      <PlaygroundProvider value={playground}>
        <App />
      </PlaygroundProvider>
    </StrictMode>,
  );
  await startWithKeptThread(playground.client, new URL(config.url, location.href).href);
}

const root = document.getElementById('root');
if (root) {
  start(root).catch((error: unknown) => {
    root.textContent = `The playground could not start: ${error instanceof Error ? error.message : String(error)}`;
  });
}
