import winston from 'winston';
import type { Logger, LogMethod } from 'chatkit-express';

const { format, transports } = winston;
const log = winston.createLogger({
  level: 'info',
  format: format.combine(format.timestamp(), format.json()),
  transports: [new transports.Console()],
});

/** Passes the sentence first, and the stack in place of the error, which winston writes as `{}`. */
function method(level: keyof Logger): LogMethod {
  return ({ err, ...fields }, message) =>
    log.log(level, message, { ...fields, ...(err instanceof Error && { err: err.stack }) });
}

export const logger: Logger = {
  debug: method('debug'),
  info: method('info'),
  warn: method('warn'),
  error: method('error'),
};
