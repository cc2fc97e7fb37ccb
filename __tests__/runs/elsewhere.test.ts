// The limits of runs count the runs of other processes, as the registry knows them.
import { MemoryRunRegistry } from 'chatkit-express';
import { ada, ask, refusal, serve } from '../support/core';
import { createThread } from '../support/requests';

class SharedCounts extends MemoryRunRegistry {
  override readonly isShared: boolean = true;
  all = 0;
  owned = 0;
  readonly owners = new Set<string>();

  override elsewhere(owner?: string): number {
    if (owner === undefined) return this.all;
    this.owners.add(owner);
    return this.owned;
  }
}

test('a run is refused when the runs of other processes reach a limit, and begins when they do not', async () => {
  const registry = new SharedCounts();
  const core = serve({ runs: { registry }, limits: { maxRuns: 3, maxRunsPerOwner: 2 } });
  registry.all = 3;
  expect(await refusal(core, createThread())).toMatchObject({
    code: 'too_many_requests',
    message: expect.stringContaining('busy'),
  });
  registry.all = 2;
  registry.owned = 2;
  expect(await refusal(core, createThread())).toMatchObject({
    code: 'too_many_requests',
    message: expect.stringContaining('your answers'),
  });
  registry.owned = 1;
  expect((await ask(core, createThread()))[0]).toMatchObject({ type: 'thread.created' });
  expect(registry.owners.size).toBe(1);
  expect([...registry.owners][0]).not.toContain(ada.user);
  core.logger.lines.splice(0);
});
