// Three servers behind nginx are restarted one after the other while clients talk to them, and no client notices.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { childProgram } from '../support/child-program';
import { freePort } from '../support/free-port';
import { findNginx, noNginx, type Nginx, startNginx } from '../support/nginx';
import { sized } from '../support/sizes';
import { temporaryFolder } from '../support/temporary-folder';
import { chat, type Tally } from './clients';

const clients = sized(10, 40);
const answers = sized(60, 300);

const folder = temporaryFolder();
const running = new Set<ChildProcess>();
let nginx: Nginx | undefined;

afterAll(async () => {
  for (const instance of running) instance.kill('SIGKILL');
  await nginx?.stop();
});

async function startInstance(port: number): Promise<ChildProcess> {
  const args = [childProgram(join(__dirname, 'instance.ts')), String(port), join(folder, 'threads.sqlite')];
  const instance = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  running.add(instance);
  instance.once('exit', () => running.delete(instance));
  await Promise.race([
    once(instance, 'message'),
    once(instance, 'exit').then(() => Promise.reject(new Error('the instance did not start'))),
  ]);
  return instance;
}

async function endInstance(instance: ChildProcess): Promise<number | null> {
  const exited = once(instance, 'exit') as Promise<[number | null]>;
  instance.kill('SIGTERM');
  return (await exited)[0];
}

(findNginx() ? test : test.skip)(
  `a rolling restart breaks no answer and refuses no JSON${findNginx() ? '' : ` (${noNginx})`}`,
  async () => {
    const ports = [await freePort(), await freePort(), await freePort()];
    const instances = [];
    for (const port of ports) instances.push(await startInstance(port));
    nginx = await startNginx(
      (port) => `
        upstream chat { ${ports.map((one) => `server 127.0.0.1:${one} max_fails=0;`).join(' ')} keepalive 64; }
        server {
          listen 127.0.0.1:${port};
          proxy_http_version 1.1;
          proxy_set_header Connection "";
          proxy_set_header Host $http_host;
          proxy_next_upstream error http_503 non_idempotent;
          location /chatkit { proxy_pass http://chat; proxy_buffering off; }
        }`,
    );
    const url = `${nginx.origin}/chatkit`;
    const tally: Tally = { answers: 0, broken: [], json: 0, refused: [], repeated: 0 };
    let restarted = 0;
    const goesOn = () => restarted < instances.length || tally.answers < answers;
    const chatting = Promise.all(Array.from({ length: clients }, () => chat(url, tally, goesOn)));

    // null where a signal had to end the process
    const codes: (number | null)[] = [];
    for (const [index, instance] of instances.entries()) {
      await wait(500); // so that the clients reach every instance
      codes.push(await endInstance(instance));
      instances[index] = await startInstance(ports[index]!);
      restarted++;
    }
    await chatting;
    await Promise.all(instances.map(endInstance));

    expect({ ...tally, codes }).toEqual({
      answers: expect.any(Number),
      json: 2 * tally.answers,
      codes: [0, 0, 0],
      broken: [],
      refused: [],
      repeated: expect.any(Number),
    });
    expect(tally.answers).toBeGreaterThanOrEqual(answers);
  },
  180_000,
);
