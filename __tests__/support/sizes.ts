// How much some tests try: little in a normal run, more in `npm run test:long`.

/** True in a long run. */
const isLong = process.env['CHATKIT_LONG'] === '1';

/** Returns the size for this run. */
export const sized = (normal: number, long: number): number => (isLong ? long : normal);
