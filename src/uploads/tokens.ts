// Signed tokens of URLs. A token authorises its bearer to upload or read one attachment until it expires.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { ChatKitError } from '../errors';

/** Authorises the upload of an announced file, with exactly this size and type. */
export interface UploadPayload {
  purpose: 'upload';
  owner: string;
  id: string;
  /** In bytes. */
  size: number;
  mimeType: string;
  name: string;
}

/** Authorises reading an attachment. */
interface ReadPayload {
  purpose: 'read';
  owner: string;
  id: string;
  mimeType: string;
  name: string;
}

export type TokenPayload = UploadPayload | ReadPayload;

/** Signs and verifies the tokens of one middleware. */
export class Tokens {
  readonly #secrets: readonly Buffer[];

  /** @param secrets The first secret signs, and each of them verifies, so that a secret can be rotated. */
  constructor(secrets: readonly (string | Buffer)[]) {
    this.#secrets = secrets.map((secret) => Buffer.from(secret as string));
  }

  /** Returns a URL-safe token that is valid until `expiresAt`, in milliseconds since 1970. */
  sign({ purpose, owner, id, mimeType, name, ...rest }: TokenPayload, expiresAt: number): string {
    const size = 'size' in rest ? rest.size : null;
    const payload = Buffer.from(JSON.stringify([purpose, owner, id, mimeType, name, size, expiresAt]));
    const text = payload.toString('base64url');
    return `${text}.${this.#signature(text, this.#secrets[0] as Buffer).toString('base64url')}`;
  }

  /**
   * Returns the payload of a token, and its expiry.
   * @throws ChatKitError `forbidden` for a token that is invalid, expired, or for another purpose or id.
   */
  verify<Purpose extends TokenPayload['purpose']>(
    token: unknown,
    { purpose, id }: { purpose: Purpose; id: string },
  ): Extract<TokenPayload, { purpose: Purpose }> & { expiresAt: number } {
    const [text = '', signature = '', ...more] = typeof token === 'string' ? token.split('.') : [];
    const given = Buffer.from(signature, 'base64url');
    // Other encodings of the same signature are refused, so that a token is one string.
    const isCanonical = more.length === 0 && given.toString('base64url') === signature;
    const isSigned = this.#secrets.some((secret) => {
      const expected = this.#signature(text, secret);
      return given.length === expected.length && timingSafeEqual(given, expected);
    });
    if (!isCanonical || !isSigned) throw refused();
    const signed = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[];
    const [signedFor, owner, signedId, mimeType, name, size, expiresAt] = signed;
    if (signedFor !== purpose || signedId !== id) throw refused();
    if (Date.now() >= (expiresAt as number)) throw new ChatKitError('forbidden', 'token: the URL has expired');
    const payload = { purpose, owner, id, mimeType, name, expiresAt, ...(size !== null && { size }) };
    return payload as Extract<TokenPayload, { purpose: Purpose }> & { expiresAt: number };
  }

  #signature(text: string, secret: Buffer): Buffer {
    return createHmac('sha256', secret).update(text).digest();
  }
}

/** Returns the same error for every fault, because details would help only an attacker. */
function refused(): ChatKitError {
  return new ChatKitError('forbidden', 'token: this server has not signed the URL for this purpose');
}
