#!/usr/bin/env node
// The program `chatkit-express`.
import { main } from './main';

const io = {
  env: process.env,
  cwd: process.cwd(),
  out: (text: string) => void process.stdout.write(text),
  error: (text: string) => void process.stderr.write(text),
};

void main(process.argv.slice(2), io).then((code) => (process.exitCode = code));
