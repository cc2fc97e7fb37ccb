// The tables and headings of the documentation hold what the sources hold, and nothing else.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { HookEventSchema, RequestSchema, ThreadItemUpdateSchema } from 'chatkit-express';
import { httpStatus } from '../../src/errors';
import { resolveOptions } from '../../src/options';
import { knownComponents } from '../../src/protocol/widgets/known';
import { MemoryStore } from '../../src/stores/memory';
import { firstCode, proseOf, readPage, root, sectionOf, tableRows } from './markdown';

function parse(path: string): ts.SourceFile {
  const text = readFileSync(join(root, path), 'utf8');
  return ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
}

/** The names of an interface's members, or of a class's. */
function membersOf(path: string, name: string): string[] {
  const found = parse(path).statements.find(
    (statement): statement is ts.InterfaceDeclaration | ts.ClassDeclaration =>
      (ts.isInterfaceDeclaration(statement) || ts.isClassDeclaration(statement)) && statement.name?.text === name,
  );
  if (!found) throw new Error(`${path} has no ${name}`);
  return [...found.members].map((member) => member.name?.getText() ?? '').filter((member) => member !== '');
}

const firstCells = (text: string) => tableRows(text).map(([cell]) => firstCode(cell!));

describe('docs/options.md', () => {
  const page = readPage('docs/options.md');
  const options = membersOf('src/options.ts', 'BaseOptions');

  it('has a row and a heading for every option', () => {
    expect(firstCells(sectionOf(page, 'All options')).sort()).toEqual([...options].sort());
    const headings = [...proseOf(page).matchAll(/^### (.+)$/gm)].map((match) => match[1]);
    expect(headings.sort()).toEqual([...options].sort());
  });

  it('has the defaults that are numbers', () => {
    const defaults = resolveOptions({ store: new MemoryStore(), async *respond() {} }) as unknown as Record<
      string,
      unknown
    >;
    const rows = tableRows(sectionOf(page, 'All options'));
    const numbers = options.filter((name) => typeof defaults[name] === 'number');
    expect(numbers.length).toBeGreaterThan(0);
    for (const name of numbers) {
      const row = rows.find(([cell]) => firstCode(cell!) === name);
      expect(row?.[2]).toMatch(new RegExp(`^${(defaults[name] as number).toLocaleString('en-US')}\\b`));
    }
  });

  it('has a row for everything in a turn', () => {
    const members = ['Turn', 'RespondTurn', 'ActionTurn'].flatMap((name) => membersOf('src/hooks.ts', name));
    expect(firstCells(sectionOf(page, 'The turn')).sort()).toEqual(members.sort());
  });
});

describe('docs/errors.md', () => {
  const page = readPage('docs/errors.md');
  const codes = Object.entries(httpStatus);

  it('has a row for every code, with its status', () => {
    const rows = tableRows(sectionOf(page, 'Codes').split('###')[0]!);
    expect(rows.map(([code, status]) => [firstCode(code!), Number(status)]).sort()).toEqual(codes.sort());
  });

  it.each(codes)('has a heading for %s that begins with its status', (code, status) => {
    expect(sectionOf(page, `\`${code}\``).trim()).toMatch(new RegExp(`^Status ${status}[.,]`));
  });

  it('has no heading for a code that there is not', () => {
    const headings = [...sectionOf(page, 'Codes').matchAll(/^### `(.+)`$/gm)].map((match) => match[1]);
    expect(headings.sort()).toEqual(Object.keys(httpStatus).sort());
  });
});

const typesOf = (schema: { options: readonly { shape: { type: { value: string } } }[] }) =>
  schema.options.map(({ shape }) => shape.type.value).sort();

describe('docs/protocol.md', () => {
  const page = readPage('docs/protocol.md');
  const types = typesOf(RequestSchema);

  it('has a row, a heading and a command for every type of request', () => {
    expect(firstCells(sectionOf(page, 'The 17 requests')).sort()).toEqual(types);
    for (const type of types) {
      expect(sectionOf(page, type)).toContain(`"type": "${type}"`);
    }
  });
});

describe('docs/events.md', () => {
  const page = readPage('docs/events.md');

  it('has a row for every event', () => {
    expect(firstCells(sectionOf(page, 'All events')).sort()).toEqual(typesOf(HookEventSchema));
  });

  it('has a row for every update', () => {
    expect(firstCells(sectionOf(page, 'All updates')).sort()).toEqual(typesOf(ThreadItemUpdateSchema));
  });
});

describe('docs/widgets.md', () => {
  const rows = tableRows(sectionOf(readPage('docs/widgets.md'), 'The components'));

  it('has a row for every component', () => {
    expect(rows.map(([cell]) => firstCode(cell!)).sort()).toEqual([...knownComponents.keys()].sort());
  });

  it.each(rows.map(([cell, , props]) => [firstCode(cell!)!, props!] as const))(
    'names props that %s has',
    (type, props) => {
      const named = [...props.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
      const { names } = knownComponents.get(type)!;
      expect(named.filter((name) => !names.has(name))).toEqual([]);
      expect(named.length).toBeGreaterThan(0);
    },
  );
});

describe('docs/writing-a-store.md', () => {
  it('has a row for every method that a store must have', () => {
    const { methods } = { methods: membersOf('src/stores/store.ts', 'Store') };
    const own = methods.filter((name) => !name.startsWith('generate'));
    const rows = firstCells(sectionOf(readPage('docs/writing-a-store.md'), 'The methods'));
    expect(rows.map((row) => row?.split('(')[0]).sort()).toEqual(own.sort());
  });
});

describe('docs/playground.md', () => {
  const page = readPage('docs/playground.md');

  it('has a row for every option', () => {
    const options = [
      ...membersOf('src/playground/config.ts', 'PlaygroundPageOptions'),
      ...membersOf('src/playground/router.ts', 'PlaygroundOptions'),
    ];
    expect(firstCells(sectionOf(page, 'Options')).sort()).toEqual(options.sort());
  });

  it('has a row for every warning, at its level', () => {
    const folder = 'playground/src/protocol/warnings';
    const sources = readdirSync(join(root, folder)).map((name) => readFileSync(join(root, folder, name), 'utf8'));
    const given = [...sources.join('\n').matchAll(/code: '(\w+)',\s*level: '(\w+)'/g)].map(([, ...pair]) =>
      pair.join(' '),
    );
    const rows = tableRows(sectionOf(page, 'Warnings')).map(([code, level]) => `${firstCode(code!)} ${level!.trim()}`);
    expect(rows.sort()).toEqual([...new Set(given)].sort());
  });
});

describe('docs/logging.md', () => {
  /** What the sources hand to a logger: the last text of each call that has one, by way of `#log` or of the logger. */
  function logged(): Map<string, Set<string>> {
    const messages = new Map<string, Set<string>>();
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
        const name = node.expression.name.text;
        const level = name === '#log' ? 'error' : name;
        const isLog = name === '#log' || /\blogger$/.test(node.expression.expression.getText());
        const last = node.arguments.at(-1);
        const text = last && ts.isStringLiteralLike(last) ? last.text : undefined;
        if (isLog && text !== undefined) messages.set(level, (messages.get(level) ?? new Set()).add(text));
      }
      ts.forEachChild(node, visit);
    };
    const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
    for (const file of files) if (file.endsWith('.ts')) visit(parse(join('src', file)));
    return messages;
  }

  it('has a row for every message, at its level', () => {
    const page = readPage('docs/logging.md');
    const found = logged();
    expect([...found.keys()].sort()).toEqual(['debug', 'error', 'info', 'warn']);
    for (const [level, messages] of found) {
      const named = tableRows(sectionOf(page, level)).flatMap(([cell]) =>
        [...cell!.matchAll(/``(.+?)``|`(.+?)`/g)].map((match) => match[1] ?? match[2]!),
      );
      // These two are made of the hook's name.
      const plain = named.filter((name) => name !== 'respond failed' && name !== 'action failed');
      expect(plain.sort()).toEqual([...messages].sort());
    }
  });
});
