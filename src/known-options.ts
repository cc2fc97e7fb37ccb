// Refuses options that do not exist, for every class that takes options.
import { ChatKitError } from './errors';

/**
 * Checks the names of options. A misspelt option would be ignored otherwise: a store with a misspelt `owner` would share
 * everything between all users.
 * @param name The class, which begins the message.
 * @throws ChatKitError `invalid_request` that names the unknown option. A value that is not an object of options is
 * refused as well, except undefined and null.
 */
export function checkOptionNames(name: string, options: unknown, known: readonly string[]): void {
  if (options === undefined || options === null) return;
  if (typeof options !== 'object' || Array.isArray(options)) {
    throw new ChatKitError('invalid_request', `${name}: give it an object of options`);
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    throw new ChatKitError('invalid_request', `${name}: there is no option \`${key}\`, only ${known.join(', ')}`);
  }
}
