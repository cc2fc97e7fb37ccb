// Signed tokens: what a URL that anybody can try may do, and until when. Who has the token has the right.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { ChatKitError } from '../errors';

/** Bytes to be sent, once and just so. */
export interface UploadPayload {
  purpose: 'upload';
  owner: string;
  id: string;
  /** In bytes. */
  size: number;
  mimeType: string;
  name: string;
}

/** Bytes to be read. */
interface ReadPayload {
  purpose: 'read';
  owner: string;
  id: string;
  mimeType: string;
  name: string;
}

export type TokenPayload = UploadPayload | ReadPayload;

/** Signs and verifies. One for each middleware. */
export class Tokens {
  readonly #secrets: readonly Buffer[];

  /** @param secrets The first signs; each of them verifies, so that a secret can be replaced while its tokens are in use. */
  constructor(secrets: readonly (string | Buffer)[]) {
    this.#secrets = secrets.map((secret) => Buffer.from(secret as string));
  }

  /** A token that is good until `expiresAt`, in milliseconds since 1970. Fit for a URL as it is. */
  sign({ purpose, owner, id, mimeType, name, ...rest }: TokenPayload, expiresAt: number): string {
    const size = 'size' in rest ? rest.size : null;
    const payload = Buffer.from(JSON.stringify([purpose, owner, id, mimeType, name, size, expiresAt]));
    const text = payload.toString('base64url');
    return `${text}.${this.#signature(text, this.#secrets[0] as Buffer).toString('base64url')}`;
  }

  /**
   * What the token says, with its expiry.
   * @throws ChatKitError `forbidden` unless it was signed here, for this purpose and this id, and has not expired.
   */
  verify<Purpose extends TokenPayload['purpose']>(
    token: unknown,
    { purpose, id }: { purpose: Purpose; id: string },
  ): Extract<TokenPayload, { purpose: Purpose }> & { expiresAt: number } {
    const [text = '', signature = '', ...more] = typeof token === 'string' ? token.split('.') : [];
    const given = Buffer.from(signature, 'base64url');
    // Other spellings of the same bytes are refused as well: one token is one text.
    const isCanonical = more.length === 0 && given.toString('base64url') === signature;
    const isSigned = this.#secrets.some((secret) => {
      const expected = this.#signature(text, secret);
      return given.length === expected.length && timingSafeEqual(given, expected);
    });
    if (!isCanonical || !isSigned) throw refused();
    const signed = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[];
    const [signedFor, owner, signedId, mimeType, name, size, expiresAt] = signed;
    if (signedFor !== purpose || signedId !== id) throw refused();
    if (Date.now() >= (expiresAt as number)) throw new ChatKitError('forbidden', 'token: it has expired');
    const payload = { purpose, owner, id, mimeType, name, expiresAt, ...(size !== null && { size }) };
    return payload as Extract<TokenPayload, { purpose: Purpose }> & { expiresAt: number };
  }

  #signature(text: string, secret: Buffer): Buffer {
    return createHmac('sha256', secret).update(text).digest();
  }
}

/** The same for every fault: what exactly is wrong helps nobody but who guesses. */
function refused(): ChatKitError {
  return new ChatKitError('forbidden', 'token: the URL is not one that this server has signed for this');
}
