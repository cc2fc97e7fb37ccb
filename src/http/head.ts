// Writes the status and the headers of a response so that every host sees them.
import type { Response } from 'express';

/**
 * Sets the headers and writes the head. Hosts without a server, such as AWS Lambda, read the headers with `getHeaders`,
 * which lacks those that only `writeHead` was given.
 */
export function writeHead(response: Response, status: number, headers: Record<string, string | number>): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.writeHead(status);
}

/** The headers of a stream: nothing on the way may keep it, hold it back or change it. */
export function writeStreamHead(response: Response, contentType: string): void {
  writeHead(response, 200, {
    'Content-Type': contentType,
    'Cache-Control': 'no-cache, no-transform',
    'X-Accel-Buffering': 'no',
  });
}
