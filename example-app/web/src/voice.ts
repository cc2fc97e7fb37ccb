// A recording, and its text from the server.

// #region voice
/** Posts a recording to the endpoint, whose `transcribe` hook returns the text. */
export async function transcribe(recording: Blob): Promise<string> {
  const form = new FormData();
  form.append('file', recording, 'recording.webm');
  const response = await fetch('/chatkit/transcribe', { method: 'POST', body: form });
  const answer = (await response.json().catch(() => ({}))) as { text?: string; message?: string };
  if (!response.ok) throw new Error(answer.message ?? `The server answered ${response.status}`);
  return answer.text ?? '';
}

/** Starts recording. Returns a function that stops and resolves with the recording. */
export async function record(): Promise<() => Promise<Blob>> {
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
  const recorder = new MediaRecorder(microphone);
  const pieces: Blob[] = [];
  recorder.addEventListener('dataavailable', ({ data }) => pieces.push(data));
  recorder.start();
  return async () => {
    const stopped = new Promise((resolve) => recorder.addEventListener('stop', resolve, { once: true }));
    recorder.stop();
    await stopped;
    for (const track of microphone.getTracks()) track.stop(); // ends the browser's recording indicator
    return new Blob(pieces, { type: recorder.mimeType });
  };
}
// #endregion
