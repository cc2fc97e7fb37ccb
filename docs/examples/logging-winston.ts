import winston from 'winston';
import type { Logger, LogMethod } from 'chatkit-express';

const { format, transports } = winston;
const log = winston.createLogger({
  level: 'info',
  format: format.combine(format.timestamp(), format.json()),
  transports: [new transports.Console()],
});

/** Winston takes the sentence first, and writes an error as `{}` unless it is told what to take of it. */
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
