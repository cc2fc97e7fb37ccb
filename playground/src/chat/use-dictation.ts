// Dictation: records with the microphone, and lets the server transcribe the recording.
import { useEffect, useRef, useState } from 'react';
import { usePlayground } from '../page/playground';
import { showToast } from '../page/toasts';

export type DictationState = 'idle' | 'recording' | 'transcribing';

/** The MIME type that the official client sends. */
const mimeType = 'audio/webm;codecs=opus';

/** @param onText Called with the transcribed text. */
export function useDictation(onText: (text: string) => void): { state: DictationState; toggle: () => void } {
  const { client } = usePlayground();
  const [state, setState] = useState<DictationState>('idle');
  const recorder = useRef<MediaRecorder>(undefined);
  useEffect(() => () => recorder.current?.stream.getTracks().forEach((track) => track.stop()), []);

  const finish = async (parts: Blob[]) => {
    setState('transcribing');
    const text = await client.transcribe(await base64Of(new Blob(parts)), mimeType);
    setState('idle');
    if (text !== '') onText(text);
  };

  const begin = async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const options = MediaRecorder.isTypeSupported(mimeType) ? { mimeType } : {};
    const active = new MediaRecorder(stream, options);
    const parts: Blob[] = [];
    active.ondataavailable = ({ data }) => parts.push(data);
    active.onstop = () => {
      stream.getTracks().forEach((track) => track.stop());
      void finish(parts);
    };
    recorder.current = active;
    active.start();
    setState('recording');
  };

  const toggle = () => {
    if (state === 'recording') recorder.current?.stop();
    else if (state === 'idle') {
      begin().catch((error: unknown) => {
        const detail = error instanceof Error ? error.message : String(error);
        showToast({ kind: 'problem', title: 'The microphone cannot be used', detail });
      });
    }
  };
  return { state, toggle };
}

/** Without the prefix of a data URL. */
async function base64Of(blob: Blob): Promise<string> {
  const url = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(new Error('The recording could not be read'));
    reader.readAsDataURL(blob);
  });
  return url.slice(url.indexOf(',') + 1);
}
