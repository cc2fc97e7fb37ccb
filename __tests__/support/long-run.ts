// The long sizes of tests: `npm run test:long`.

/** True in the long run. */
export const isLongRun = process.env['CHATKIT_LONG'] === '1';

/** A number of repetitions: the small one in every run, the large one in the long run. */
export const repetitions = (small: number, large: number): number => (isLongRun ? large : small);
