#!/usr/bin/env node
// The program `chatkit-express`.
import { createInterface } from 'node:readline';
import { NoAnswer } from './io';
import { main } from './main';

/** Asks on the terminal. Ctrl+C and Ctrl+D close the interface before there is an answer. */
function ask(question: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: process.stdin, output: process.stdout });
    lines.once('close', () => reject(new NoAnswer()));
    lines.question(question, (answer) => {
      resolve(answer);
      lines.close();
    });
  });
}

const io = {
  env: process.env,
  cwd: process.cwd(),
  out: (text: string) => void process.stdout.write(text),
  error: (text: string) => void process.stderr.write(text),
  ask: process.stdin.isTTY && process.stdout.isTTY ? ask : undefined,
};

void main(process.argv.slice(2), io).then((code) => (process.exitCode = code));
