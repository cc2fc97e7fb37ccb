// Connects the parts: one client, one log and one uploader for the page.
import { createContext, useContext } from 'react';
import type { PlaygroundPageOptions } from '../../../src/playground/config';
import { Chat, ChatKitClient, type ChatState } from 'chatkit-express/client';
import { ExchangeLog } from '../protocol/exchange';
import { recorderOf } from '../protocol/recorder';
import { colourIn, effectHandler, handlers, runTool, setEffect } from './handlers';
import { headersOf, requestSettings } from './settings';
import { useStore } from './store';
import { showToast } from './toasts';

export interface Playground {
  config: PlaygroundPageOptions;
  client: Chat;
  log: ExchangeLog;
  upload: ChatKitClient['upload'];
}

/** @param pageUrl The page's own address, which the endpoint's may be relative to. */
export function createPlayground(config: PlaygroundPageOptions, pageUrl: string): Playground {
  const log = new ExchangeLog();
  const endpoint = new URL(config.url, pageUrl).href;
  const { uploads } = config;
  const sender = new ChatKitClient({
    url: endpoint,
    headers: () => ({ 'accept-language': requestSettings.get().locale, ...headersOf(requestSettings.get().headers) }),
    uploadUrl: uploads && uploads.url ? new URL(uploads.url, pageUrl).href : undefined,
    ...recorderOf(log),
  });
  const client = new Chat(sender, {
    onClientTool: (call) => runTool(call, config.clientTools ?? {}),
    onEffect,
    onWidgetAction: ({ type, payload }) =>
      showToast({ kind: 'info', title: `Widget action ${type}`, detail: JSON.stringify(payload) }),
    onProblem,
  });
  return { config, client, log, upload: sender.upload.bind(sender) };
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
