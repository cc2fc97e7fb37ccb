// The `uploads` option: the limits of files, the signing of URLs, and the removal of unsent files.
import { randomBytes } from 'node:crypto';
import { parseAccept } from './accept';
import { Tokens } from './tokens';

/** Options for the files of an `attachmentStore`. */
export interface UploadOptions {
  /** The largest file, in bytes. Default 100 MiB. */
  maxBytes?: number | undefined;
  /**
   * The accepted files, as in HTML's `accept`: types (`application/pdf`), families of types (`image/*`) and ends of
   * names (`.md`). A list, or one string with commas. Default: all files.
   */
  accept?: string | readonly string[] | undefined;
  /**
   * The public URL of the mount path: `https://chat.example.com/chatkit`. Default: the URL of each request, according
   * to Express's `trust proxy`.
   */
  publicUrl?: string | undefined;
  /**
   * The secret that signs the URLs of uploads and previews, at least 16 characters. The first secret of a list signs,
   * and all of them verify, so that a secret can be rotated. Default: a random secret for each process, so that its
   * URLs are invalid in another instance and after a restart.
   */
  secret?: string | readonly string[] | undefined;
  /** The lifetime of a signed URL, in milliseconds. Default 3,600,000, an hour. At most a week. */
  expiresInMs?: number | undefined;
  /** The largest attachment that `turn.attachments.toDataUrl` reads into memory, in bytes. Default 20 MiB. */
  maxDataUrlBytes?: number | undefined;
  /** The age at which `sweep()` removes an unsent attachment, in milliseconds. Default 86,400,000, a day. */
  unsentAfterMs?: number | undefined;
  /** The interval between sweeps, in milliseconds. Default: no automatic sweeps. Call `sweep()` instead. */
  sweepEveryMs?: number | undefined;
}

/** The option with its defaults filled in. */
export interface ResolvedUploads {
  maxBytes: number;
  accept: readonly string[] | null;
  /** Without a slash at the end. */
  publicUrl?: string;
  tokens: Tokens;
  /** True when the secret is random and lost when the process ends. */
  hasOwnSecret: boolean;
  expiresInMs: number;
  maxDataUrlBytes: number;
  unsentAfterMs: number;
  sweepEveryMs?: number;
}

const weekMs = 7 * 24 * 60 * 60 * 1000;
/** The longest timer of Node, in milliseconds. Node shortens a longer timer to one millisecond. */
const longestTimerMs = 2 ** 31 - 1;

const numbers = {
  maxBytes: { byDefault: 100 * 1024 * 1024, max: Number.MAX_SAFE_INTEGER },
  // A preview is valid for at least half of this time.
  expiresInMs: { byDefault: 60 * 60 * 1000, max: weekMs },
  maxDataUrlBytes: { byDefault: 20 * 1024 * 1024, max: 256 * 1024 * 1024 }, // bounded, because the base64 is one string
  unsentAfterMs: { byDefault: 24 * 60 * 60 * 1000, max: Number.MAX_SAFE_INTEGER },
  sweepEveryMs: { byDefault: undefined, max: longestTimerMs },
} as const;
const known = new Set<string>([...Object.keys(numbers), 'accept', 'publicUrl', 'secret']);

/** Checks the option and fills in defaults. `refuse` throws an error with a description of the fault. */
export function resolveUploads(given: unknown, refuse: (what: string) => never): ResolvedUploads {
  const options = (given === undefined ? {} : given) as UploadOptions & Record<string, unknown>;
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    return refuse('`uploads` must be an object of options');
  for (const key of Object.keys(options)) if (!known.has(key)) refuse(`there is no option \`uploads.${key}\``);
  for (const [key, { max }] of Object.entries(numbers)) {
    const value = options[key as keyof typeof numbers];
    if (value === undefined) continue;
    if (!(Number.isSafeInteger(value) && value > 0)) refuse(`\`uploads.${key}\` must be a whole number above 0`);
    if (value > max) refuse(`\`uploads.${key}\` must be at most ${max}`);
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
    return refuse('`uploads.secret` must be a string of at least 16 characters, or a list of such strings');
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
