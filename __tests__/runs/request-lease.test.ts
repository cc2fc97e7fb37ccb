// The lease of the run that a request begins.
import { MemoryRunRegistry } from '../../src/runs/memory-registry';
import { RequestLease } from '../../src/runs/request-lease';

test('a lease that a run has taken is not ended with the request, and a lease that was not taken is', async () => {
  const registry = new MemoryRunRegistry();
  const begun = async () => {
    const lease = new RequestLease(registry, 'refuse');
    await lease.begin({ thread_id: 'thr_1' });
    return lease;
  };
  const refused = await begun();
  await refused.release();
  const request = await begun();
  const taken = await request.take('thr_1');
  await request.release();
  await expect(begun()).rejects.toMatchObject({ code: 'conflict' });
  await taken.end(0);
  await (await begun()).release();
});
