// How much random tests try: little in a normal run, more in `npm run test:long`.

/** Whether this is a long run. */
export const isLong = process.env['CHATKIT_LONG'] === '1';

/** How many cases to try. */
export const sized = (normal: number, long: number): number => (isLong ? long : normal);
