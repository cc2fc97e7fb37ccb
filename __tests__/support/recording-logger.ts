// A logger that keeps what it is told, so that a test can wait for a line and say that there was no other.
import type { Logger } from 'chatkit-express';

export interface LogLine {
  level: keyof Logger;
  fields: Record<string, unknown>;
  message: string;
}

/** True for a warning about the order of a hook's events. The hooks of many tests are short: rules.test.ts is about them. */
export const isRule = ({ fields }: LogLine): boolean => 'rule' in fields;

export class RecordingLogger implements Logger {
  readonly lines: LogLine[] = [];
  /** False leaves out what the log has of every request and run: the ids of requests, and the line about the end of a run. */
  isWhole = false;
  #waiting: (() => void)[] = [];

  readonly debug = this.#record('debug');
  readonly info = this.#record('info');
  readonly warn = this.#record('warn');
  readonly error = this.#record('error');

  /** Takes the lines of a level out of the record. */
  take(level: keyof Logger): LogLine[] {
    const taken = this.lines.filter((line) => line.level === level);
    for (const line of taken) this.lines.splice(this.lines.indexOf(line), 1);
    return taken;
  }

  /** Takes the warnings out of the record, and returns those that are not about the order of a hook's events. */
  takeWarnings(): LogLine[] {
    return this.take('warn').filter((line) => !isRule(line));
  }

  /** Takes the first line with this message out of the record, once there is one. */
  async next(message: string): Promise<LogLine> {
    for (;;) {
      const index = this.lines.findIndex((line) => line.message === message);
      if (index !== -1) return this.lines.splice(index, 1)[0]!;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #record(level: keyof Logger): Logger['info'] {
    return (fields, message) => {
      const { request_id, ...own } = fields;
      if (message === 'a run ended' && !this.isWhole) return;
      this.lines.push({ level, fields: this.isWhole && request_id !== undefined ? fields : own, message });
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const wake of waiting) wake();
    };
  }
}
