// Counts the work of a build, so that no template and no data can keep the process busy for long.

/** Stops the build of a widget. Its message names the fault of the template or of the data. */
export class RenderError extends Error {
  override name = 'RenderError';
}

/** A build stops with an error after this many steps. */
const maxSteps = 1_000_000;

/** A step is an operation of the template, an element of a list, or this many characters. */
const charactersPerStep = 32;

// A build is synchronous and calls no code of the application, so there is never more than one.
let stepsLeft = Infinity;

/**
 * Runs a build.
 * @throws RenderError after {@link maxSteps} steps.
 */
export function withSteps<Result>(build: () => Result): Result {
  stepsLeft = maxSteps;
  try {
    return build();
  } finally {
    stepsLeft = Infinity;
  }
}

/** Counts steps. Call it before the work, with as many steps as the work has. */
export function countSteps(count = 1): void {
  stepsLeft -= count;
  if (stepsLeft < 0) throw new RenderError(`it takes more than ${maxSteps.toLocaleString('en')} steps`);
}

/** Counts the steps of work on a text. */
export function countCharacters(length: number): void {
  countSteps(length / charactersPerStep);
}
