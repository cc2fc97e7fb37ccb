// upload: files of 10 and 100 MB to disk, in the two phases of an upload.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../child.mjs';
import { connections, post } from '../requests.mjs';

const mb = 1e6;
const piece = Buffer.alloc(mb / 4, 1);
/** The growth of the peak memory, in MB, up to which memory counts as flat. */
const flat = 16;

/** Puts a file of this size to the URL, as fast as the server reads it. */
async function put(agent, url, size) {
  const headers = { 'content-length': size, 'content-type': 'application/octet-stream' };
  const request = http.request(url, { agent, method: 'PUT', headers });
  const answered = once(request, 'response');
  for (let left = size; left > 0; left -= piece.length) {
    if (!request.write(left < piece.length ? piece.subarray(0, left) : piece)) await once(request, 'drain');
  }
  request.end();
  const [response] = await answered;
  response.resume();
  await once(response, 'end');
  if (response.statusCode >= 300) throw new Error(`The upload was answered with ${response.statusCode}`);
}

const announce = (size) => ({
  type: 'attachments.create',
  params: { name: 'large.bin', size, mime_type: 'application/octet-stream' },
});

async function uploadTo(server, agent, kind, size) {
  const bare = () => `http://127.0.0.1:${server.port}/upload`;
  const announced = async () => JSON.parse((await post(agent, server.port, announce(size))).answer);
  const url = kind === 'chatkit' ? (await announced()).upload_descriptor.url : bare();
  await put(agent, url, size);
}

async function measureIn(directory, { kind, dist, profiles }, sizes) {
  const server = await startServer('upload.mjs', { kind, dist, directory }, profiles);
  const agent = connections(1);
  try {
    // The same number of uploads of each size. The first loads the code.
    const usages = [];
    for (const size of [sizes[0], ...sizes]) {
      for (let file = 0; file < 3; file++) await uploadTo(server, agent, kind, size);
      usages.push(await server.usage());
    }
    const [, small, large] = usages;
    return { cost: (large.cpu - small.cpu) / 3, peak: large.peak, growth: large.peak - small.peak };
  } finally {
    agent.destroy();
    await server.stop();
  }
}

export const upload = {
  name: 'upload',
  async open({ quick }) {
    const sizes = quick ? [mb / 10, mb] : [10 * mb, 100 * mb];
    const measure = async (target) => {
      const directory = await mkdtemp(join(tmpdir(), 'chatkit-bench-'));
      try {
        return await measureIn(directory, target, sizes);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    };
    const figures = [
      { name: 'CPU of 100 MB', unit: 'ms', of: ({ cost }) => cost / 1000, goal: 1.3, isCost: true },
      { name: 'peak memory', unit: 'MB', of: ({ peak }) => peak / mb },
      {
        name: 'growth of the peak memory from 10 to 100 MB',
        unit: 'MB',
        of: ({ growth }) => growth / mb,
        compare: 'none',
        goal: flat,
      },
    ];
    return { cases: [{ name: '', figures, measure }] };
  },
};
