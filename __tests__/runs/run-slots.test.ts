// The count of open runs.
import { RunSlots } from '../../src/runs/run-slots';

test.each([{ maxRuns: 2 }, { maxRunsPerOwner: 2 }])('a slot that is freed twice is free once: %j', (limits) => {
  const slots = new RunSlots(limits, () => 0);
  const free = slots.take('ann');
  slots.take('ann');
  expect(() => slots.take('ann')).toThrow(expect.objectContaining({ code: 'too_many_requests' }) as Error);
  free();
  free();
  slots.take('ann');
  expect(() => slots.take('ann')).toThrow(expect.objectContaining({ code: 'too_many_requests' }) as Error);
});
