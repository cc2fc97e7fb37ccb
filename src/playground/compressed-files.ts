// Serves files that the package has compressed only, so that it is smaller.
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import type { RequestHandler, Response } from 'express';

const decompress = promisify(brotliDecompress);
const suffix = '.br';

/**
 * Returns a handler for the files of a folder that are stored as `<name>.br`. A client that accepts Brotli gets the
 * stored file from the next handler, which must call {@link describeCompressed}. Another client gets the file itself.
 * @param folder a folder with a folder `assets`.
 * @param setHeaders sets the headers of a file with this path.
 */
export function compressedFiles(
  folder: string,
  setHeaders: (response: Response, path: string) => void,
): RequestHandler {
  const names = readdirSync(join(folder, 'assets')).filter((name) => name.endsWith(suffix));
  const stored = new Map(
    names.map((name) => [`/assets/${name.slice(0, -suffix.length)}`, join(folder, 'assets', name)]),
  );
  const decompressed = new Map<string, Promise<Buffer>>();
  return (request, response, next) => {
    const { path, method } = request;
    const file = stored.get(path);
    if (file === undefined || (method !== 'GET' && method !== 'HEAD')) {
      next();
      return;
    }
    response.vary('Accept-Encoding');
    if (request.acceptsEncodings('br') === 'br') {
      request.url = request.url.replace(path, path + suffix); // a query follows the path
      next();
      return;
    }
    const content = decompressed.get(file) ?? readFile(file).then((bytes) => decompress(bytes));
    decompressed.set(file, content);
    content.then(
      (bytes) => {
        setHeaders(response, path);
        response.type(path.slice(path.lastIndexOf('.'))).send(bytes);
      },
      (error: unknown) => {
        decompressed.delete(file); // a later request tries again
        next(error);
      },
    );
  };
}

/** Sets the headers of a file that is stored compressed. Other files are left as they are. */
export function describeCompressed(response: Response, path: string): void {
  if (!path.endsWith(suffix)) return;
  response.type(path.slice(0, -suffix.length).replace(/^.*\./, '.'));
  response.setHeader('Content-Encoding', 'br');
}
