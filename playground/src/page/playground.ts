// Connects the parts: one client, one log and one uploader for the page.
import { createContext, useContext } from 'react';
import type { PlaygroundPageOptions } from '../../../src/playground/config';
import { ChatClient } from '../protocol/client';
import { ExchangeLog } from '../protocol/exchange';
import type { ChatState } from '../protocol/state';
import { Transport } from '../protocol/transport';
import { Uploader } from '../protocol/uploads';
import { colourIn, effectHandler, handlers, runTool, setEffect } from './handlers';
import { sendUpload } from './send-upload';
import { headersOf, requestSettings } from './settings';
import { useStore } from './store';
import { showToast } from './toasts';

export interface Playground {
  config: PlaygroundPageOptions;
  client: ChatClient;
  log: ExchangeLog;
  uploader: Uploader;
}

/** @param pageUrl The page's own address, which the endpoint's may be relative to. */
export function createPlayground(config: PlaygroundPageOptions, pageUrl: string): Playground {
  const log = new ExchangeLog();
  const endpoint = new URL(config.url, pageUrl).href;
  const transport = new Transport({
    url: endpoint,
    log,
    locale: requestSettings.get().locale,
    headers: () => headersOf(requestSettings.get().headers),
  });
  const { uploads } = config;
  const directUrl = new URL((uploads && uploads.url) || `${endpoint.replace(/\/$/, '')}/upload`, pageUrl).href;
  const client = new ChatClient({
    transport,
    onClientTool: (call) => runTool(call, config.clientTools ?? {}),
    onEffect,
    onWidgetAction: ({ type, payload }) =>
      showToast({ kind: 'info', title: `Widget action ${type}`, detail: JSON.stringify(payload) }),
    onProblem,
  });
  return { config, client, log, uploader: new Uploader({ transport, log, send: sendUpload, directUrl }) };
}

function onEffect(name: string, data: Record<string, unknown>): void {
  const handler = effectHandler(name, data);
  if (!handlers.get().effects[name]) setEffect(name, handler);
  if (handler === 'ignore') return;
  const colour = colourIn(data);
  if (handler === 'colour' && colour) document.documentElement.style.setProperty('--accent', colour);
  showToast({ kind: 'info', title: `Effect ${name}`, detail: JSON.stringify(data) });
}

/** Reports streams that were refused with 4xx, of which the official client shows nothing. */
function onProblem({ message, status, during }: { message: string; status?: number; during: string }): void {
  const answered = status === undefined ? '' : ` was answered ${status}`;
  showToast({ kind: 'problem', title: message, detail: `${during}${answered}` });
}

const PlaygroundContext = createContext<Playground | null>(null);
export const PlaygroundProvider = PlaygroundContext.Provider;

/** The page's parts. */
export function usePlayground(): Playground {
  const playground = useContext(PlaygroundContext);
  if (!playground) throw new Error('There is no playground around this component');
  return playground;
}

/** The state of the chat. */
export function useChat(): ChatState {
  const { client } = usePlayground();
  return useStore({ get: client.snapshot, subscribe: client.subscribe });
}
