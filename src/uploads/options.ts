// The `uploads` option: what may be uploaded, how URLs are made and signed, and when what was never sent is removed.
import { randomBytes } from 'node:crypto';
import { parseAccept } from './accept';
import { Tokens } from './tokens';

/** How files are taken, where `attachmentStore` is given. */
export interface UploadOptions {
  /** The largest file, in bytes. Default 100 MiB. */
  maxBytes?: number | undefined;
  /**
   * Which files are taken, as in HTML's `accept`: types (`application/pdf`), families of types (`image/*`), ends of names
   * (`.md`). A list, or one string with commas. Default: all.
   */
  accept?: string | readonly string[] | undefined;
  /**
   * Where clients reach the middleware: `https://chat.example.com/chatkit`. Default: made of each request, by Express's
   * `trust proxy`.
   */
  publicUrl?: string | undefined;
  /**
   * Signs the URLs of uploads and previews: at least 16 characters that nobody can guess. In a list the first one signs
   * and all are good, so that one can be replaced. Default: a random one for each process, whose URLs are no good in
   * another instance or after a restart.
   */
  secret?: string | readonly string[] | undefined;
  /** How long a signed URL is good, in milliseconds. Default 3,600,000, an hour. At most a week. */
  expiresInMs?: number | undefined;
  /** The largest attachment that `turn.attachments.toDataUrl` reads into memory, in bytes. Default 20 MiB. */
  maxDataUrlBytes?: number | undefined;
  /** How old an attachment must be that was never sent, before `sweep()` removes it, in milliseconds. Default 86,400,000, a day. */
  unsentAfterMs?: number | undefined;
  /** How often to sweep, in milliseconds. Default: never, `sweep()` is yours to call. */
  sweepEveryMs?: number | undefined;
}

/** The option with its defaults filled in. */
export interface ResolvedUploads {
  maxBytes: number;
  accept: readonly string[] | null;
  /** Without a slash at its end. */
  publicUrl?: string;
  tokens: Tokens;
  /** Whether the secret is gone with the process. */
  hasOwnSecret: boolean;
  expiresInMs: number;
  maxDataUrlBytes: number;
  unsentAfterMs: number;
  sweepEveryMs?: number;
}

const weekMs = 7 * 24 * 60 * 60 * 1000;
/** Node makes a longer timer one of a millisecond. */
const longestTimerMs = 2 ** 31 - 1;

const numbers = {
  maxBytes: { byDefault: 100 * 1024 * 1024, max: Number.MAX_SAFE_INTEGER },
  // Half of them is how long a preview is good at least.
  expiresInMs: { byDefault: 60 * 60 * 1000, max: weekMs },
  maxDataUrlBytes: { byDefault: 20 * 1024 * 1024, max: 256 * 1024 * 1024 }, // base64 of it is one string
  unsentAfterMs: { byDefault: 24 * 60 * 60 * 1000, max: Number.MAX_SAFE_INTEGER },
  sweepEveryMs: { byDefault: undefined, max: longestTimerMs },
} as const;
const known = new Set<string>([...Object.keys(numbers), 'accept', 'publicUrl', 'secret']);

/** Checks the option and fills in defaults. `refuse` throws, with what is wrong. */
export function resolveUploads(given: unknown, refuse: (what: string) => never): ResolvedUploads {
  const options = (given ?? {}) as UploadOptions & Record<string, unknown>;
  if (typeof options !== 'object' || Array.isArray(options)) return refuse('`uploads` must be an object of options');
  for (const key of Object.keys(options)) if (!known.has(key)) refuse(`there is no option \`uploads.${key}\``);
  for (const [key, { max }] of Object.entries(numbers)) {
    const value = options[key as keyof typeof numbers];
    if (value === undefined) continue;
    if (!(Number.isSafeInteger(value) && value > 0)) refuse(`\`uploads.${key}\` must be a whole number above 0`);
    if (value > max) refuse(`\`uploads.${key}\` can be ${max} at most`);
  }
  const accept = parseAccept(options.accept);
  if (accept === undefined) {
    return refuse('`uploads.accept` must list types and ends of names, such as `image/*`, `application/pdf` and `.md`');
  }
  const secrets = checkSecrets(options.secret, refuse);
  const number = (key: Exclude<keyof typeof numbers, 'sweepEveryMs'>) => options[key] ?? numbers[key].byDefault;
  return {
    maxBytes: number('maxBytes'),
    accept,
    ...(options.publicUrl !== undefined && { publicUrl: checkUrl(options.publicUrl, refuse) }),
    tokens: new Tokens(secrets ?? [randomBytes(32)]),
    hasOwnSecret: secrets !== undefined,
    expiresInMs: number('expiresInMs'),
    maxDataUrlBytes: number('maxDataUrlBytes'),
    unsentAfterMs: number('unsentAfterMs'),
    ...(options.sweepEveryMs !== undefined && { sweepEveryMs: options.sweepEveryMs }),
  };
}

function checkSecrets(given: unknown, refuse: (what: string) => never): string[] | undefined {
  if (given === undefined) return undefined;
  const secrets: unknown[] = Array.isArray(given) ? given : [given];
  const isFit = (secret: unknown): secret is string => typeof secret === 'string' && secret.length >= 16;
  if (secrets.length === 0 || !secrets.every(isFit)) {
    return refuse('`uploads.secret` must be a text of at least 16 characters, or a list of such texts');
  }
  return secrets;
}

function checkUrl(given: unknown, refuse: (what: string) => never): string {
  const url = typeof given === 'string' && URL.canParse(given) ? new URL(given) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    return refuse('`uploads.publicUrl` must be a URL such as `https://chat.example.com/chatkit`');
  }
  return url.href.replace(/\/+$/, '');
}
