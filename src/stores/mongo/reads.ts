// Reads of a row and of rows that depend on it, in one command: an aggregation whose $lookup stages follow each other.
// Servers without such stages get one command for each step.
import { type MongoCollection, cannotJoin, isTooLargeToJoin } from './driver';
import { listOfThread } from './rows';

/** The first row of a read. */
interface Start {
  filter: object;
  /** True for the row with the greatest position. Default: false, for a filter that matches one row. */
  isNewest?: boolean;
  fields: Record<string, number>;
}

/** Rows of a list, which are read after the rows of the steps before. */
export interface Step {
  filter?: object;
  /** Selects the rows on these sides of positions. Default: all rows. */
  sides?: readonly Side[];
  order?: 'asc' | 'desc';
  limit?: number;
  fields: Record<string, number>;
  /** True for rows that are read only if that needs no command of its own. Default: false. */
  isExtra?: boolean;
}

export interface Side {
  operator: '$gt' | '$gte' | '$lt' | '$lte';
  /** The greatest position of the rows of this earlier step. Default: only `otherwise`. Ignored if it was left out. */
  step?: string;
  /** The position where the step has no row: a number, or a field of the first row. */
  otherwise: number | 'base' | 'position';
}

/** The rows that were read, by the name of the step. A step that was left out has no rows. */
export interface Found<Name extends string, First, Row> {
  first: First;
  rows: Partial<Record<Name, Row[]>>;
}

interface Plan<Name extends string> {
  start: Start;
  /** In the order in which they are read. */
  steps: Partial<Record<Name, Step>>;
  /** The list of the rows. Default: the list of the thread that the first row is. */
  list?: string;
  /** The step whose rows may be longer together than a document can be. */
  page?: Name;
}

type Found1 = Record<string, unknown> & { _id: string };

export class Reads {
  readonly rows: MongoCollection;
  readonly #name: string;
  #joins = true;

  /** @param name The name of the collection. */
  constructor(rows: MongoCollection, name: string) {
    this.rows = rows;
    this.#name = name;
  }

  /** Resolves with null when the first row does not exist. The rows of a step are read after those of earlier steps. */
  async read<Name extends string, First, Row>(plan: Plan<Name>): Promise<Found<Name, First, Row> | null> {
    if (this.#joins) {
      try {
        return (await this.#join(plan)) as Found<Name, First, Row> | null;
      } catch (error) {
        if (cannotJoin(error)) this.#joins = false;
        else if (!isTooLargeToJoin(error)) throw error;
      }
    }
    return (await this.#readEach(plan)) as Found<Name, First, Row> | null;
  }

  async #join({ start, steps, list, page }: Plan<string>): Promise<object | null> {
    const lookups = entries(steps).map(([as, step]) => ({
      $lookup: { from: this.#name, let: variables(step, list), pipeline: stages(step, list), as },
    }));
    const pipeline = [
      { $match: start.filter },
      ...(start.isNewest ? [{ $sort: { position: -1 } }] : []),
      { $limit: 1 },
      { $project: start.fields },
      ...lookups,
      ...(page === undefined ? [] : [{ $unwind: { path: `$${page}`, preserveNullAndEmptyArrays: true } }]),
    ];
    const found = (await this.rows.aggregate(pipeline).toArray()) as Found1[];
    const [first] = found;
    if (!first) return null;
    const rows = Object.fromEntries(Object.keys(steps).map((name) => [name, first[name]]));
    if (page !== undefined) rows[page] = found.flatMap((one) => one[page] ?? []);
    return { first, rows };
  }

  async #readEach({ start, steps, list }: Plan<string>): Promise<object | null> {
    const options = { projection: start.fields, ...(start.isNewest && { sort: { position: -1 } }) };
    const first = (await this.rows.findOne(start.filter, options)) as Found1 | null;
    if (!first) return null;
    const rows: Record<string, { position: number }[]> = {};
    for (const [name, step] of entries(steps)) {
      if (step.isExtra) continue;
      const { filter, sides = [], fields: projection, order, limit } = step;
      const bounds = sides.filter((side) => side.step === undefined || side.step in rows);
      const range = bounds.map((side) => [side.operator, positionOf(side, first, rows)] as const);
      const found = this.rows.find(
        {
          ...filter,
          list: list ?? listOfThread(first._id),
          ...(range.length > 0 && { position: Object.fromEntries(range) }),
        },
        { projection, ...(order && { sort: sortOf(order) }), ...(limit && { limit }) },
      );
      rows[name] = (await found.toArray()) as { position: number }[];
    }
    return { first, rows };
  }
}

function variables({ sides = [] }: Step, list: string | undefined): object {
  return {
    ...(list === undefined && { list: { $concat: [listOfThread(''), '$_id'] } }),
    ...Object.fromEntries(sides.map((side, index) => [`position${index}`, positionExpression(side)])),
  };
}

/** The stages of a $lookup. The comparisons of $expr use the indexes. */
function stages({ filter, sides = [], order, limit, fields }: Step, list: string | undefined): object[] {
  const conditions = [
    ...(list === undefined ? [{ $eq: ['$list', '$$list'] }] : []),
    ...sides.map(({ operator }, index) => ({ [operator]: ['$position', `$$position${index}`] })),
  ];
  return [
    {
      $match: {
        ...(list !== undefined && { list }),
        ...filter,
        ...(conditions.length > 0 && { $expr: { $and: conditions } }),
      },
    },
    ...(order ? [{ $sort: sortOf(order) }] : []),
    ...(limit ? [{ $limit: limit }] : []),
    { $project: fields },
  ];
}

function positionExpression({ step, otherwise }: Side): unknown {
  const last = typeof otherwise === 'string' ? `$${otherwise}` : otherwise;
  return step === undefined ? last : { $ifNull: [{ $max: `$${step}.position` }, last] };
}

function positionOf({ step, otherwise }: Side, first: Found1, rows: Record<string, { position: number }[]>): number {
  const found = step === undefined ? [] : (rows[step] ?? []);
  if (found.length > 0) return Math.max(...found.map(({ position }) => position));
  return typeof otherwise === 'string' ? (first[otherwise] as number) : otherwise;
}

const sortOf = (order: 'asc' | 'desc') => ({ position: order === 'desc' ? -1 : 1 });

function entries(steps: Partial<Record<string, Step>>): [string, Step][] {
  return Object.entries(steps) as [string, Step][];
}
