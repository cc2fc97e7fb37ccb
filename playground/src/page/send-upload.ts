// Sends a file with XMLHttpRequest, which unlike fetch tells how much of it has gone.
import type { UploadSender } from '../protocol/uploads';

export const sendUpload: UploadSender = ({ method, url, headers, body, onProgress, signal }) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const fail = (message: string) => () => reject(new Error(message));
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) {
      // The browser writes a form's own type, with its boundary.
      if (body instanceof FormData && name === 'content-type') continue;
      request.setRequestHeader(name, value);
    }
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onerror = fail('the connection broke off, or the server does not let this page in (CORS)');
    request.onabort = fail('stopped');
    request.onload = () => {
      const { status, statusText, responseText: text } = request;
      resolve({ status, statusText, text, headers: headersFrom(request.getAllResponseHeaders()) });
    };
    signal.addEventListener('abort', () => request.abort(), { once: true });
    if (signal.aborted) reject(new Error('stopped'));
    else request.send(body);
  });

function headersFrom(lines: string): Record<string, string> {
  const entries = lines
    .trim()
    .split(/\r?\n/)
    .map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()] as const;
    });
  return Object.fromEntries(entries);
}
