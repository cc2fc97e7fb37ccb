// Two processes that serve one database, and a barrier that releases them together.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Mode } from './database';
import type { Order, Report } from './race-process';
import { childProgram } from '../support/child-program';

const script = childProgram(join(__dirname, 'race-process.ts'));

/** The answers to two requests that began at the same moment. */
export type Together = (one: unknown, other: unknown) => Promise<[Report, Report]>;

export interface TwoProcesses {
  together: Together;
  stop(): Promise<void>;
}

export async function startTwo(url: string, mode: Mode = 'right'): Promise<TwoProcesses> {
  const children = [1, 2].map(() =>
    spawn(process.execPath, [script, url, mode], {
      cwd: join(__dirname, '..', '..'),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    }),
  );
  const waiting = new Map<string, (report: Report) => void>();
  await Promise.all(
    children.map(async (child, index) => {
      await once(child, 'message');
      child.on('message', (report: Report) => waiting.get(`${index} ${report.id}`)?.(report));
    }),
  );
  let orders = 0;

  async function ask(child: ChildProcess, index: number, order: Order): Promise<Report> {
    const reported = new Promise<Report>((resolve) => waiting.set(`${index} ${order.id}`, resolve));
    child.send(order);
    const report = await reported;
    waiting.delete(`${index} ${order.id}`);
    return report;
  }

  return {
    async together(...requests) {
      const id = ++orders;
      const at = Date.now() + 3;
      const reports = children.map((child, index) => ask(child, index, { id, at, request: requests[index] }));
      return (await Promise.all(reports)) as [Report, Report];
    },
    async stop() {
      await Promise.all(
        children.map(async (child) => {
          const exited = once(child, 'exit');
          child.disconnect();
          await exited;
        }),
      );
    },
  };
}
