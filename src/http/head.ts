// Writes the status and the headers of a response in a way that works on every host.
import type { Response } from 'express';

/**
 * Sets the headers and writes the head. Hosts without a server, such as AWS Lambda, read the headers with `getHeaders`,
 * which lacks headers that were only passed to `writeHead`.
 */
export function writeHead(response: Response, status: number, headers: Record<string, string | number>): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.writeHead(status);
}

/**
 * Writes the head of a stream. Its headers keep proxies and caches from storing, delaying or changing the stream.
 * @param runId The run behind the stream. Undefined for the stream of a refusal.
 */
export function writeStreamHead(response: Response, contentType: string, runId?: string): void {
  const headers: Record<string, string> = {
    'Content-Type': contentType,
    'Cache-Control': 'no-cache, no-transform',
    'X-Accel-Buffering': 'no',
  };
  if (runId !== undefined) headers['chatkit-run-id'] = runId;
  writeHead(response, 200, headers);
}
