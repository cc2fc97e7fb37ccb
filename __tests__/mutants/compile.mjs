// Checks the syntax and the types of one changed source file at a time.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** Returns a function that returns true when a file with this text has neither a syntax error nor a type error. */
function createCompiler(root, files) {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, root);
  const changed = new Map();
  let version = 0;
  const service = ts.createLanguageService({
    getCompilationSettings: () => options,
    getScriptFileNames: () => files.map((file) => join(root, file)),
    getScriptVersion: (path) => changed.get(path)?.version ?? '0',
    getScriptSnapshot(path) {
      const text = changed.get(path)?.text ?? (ts.sys.fileExists(path) ? readFileSync(path, 'utf8') : undefined);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => root,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  });
  return (file, text) => {
    const path = join(root, file);
    changed.set(path, { text, version: `${++version}` });
    try {
      return service.getSyntacticDiagnostics(path).length === 0 && service.getSemanticDiagnostics(path).length === 0;
    } finally {
      changed.delete(path);
    }
  };
}

/** Returns the function of {@link createCompiler} with its results kept in a file, until a text of the sources changes. */
export function createKeptCompiler(root, sources, kept) {
  const hashOf = (text) => createHash('sha256').update(text).digest('base64url');
  const all = hashOf(sources.map(({ file, text }) => `${file}\n${text}`).join('\n'));
  const earlier = existsSync(kept) ? JSON.parse(readFileSync(kept, 'utf8')) : {};
  const results = earlier.all === all ? earlier.results : {};
  let isCompiled;
  const check = (file, text) => {
    const key = hashOf(`${file}\n${text}`);
    if (key in results) return results[key];
    isCompiled ??= createCompiler(root, sources.map((source) => source.file)); // prettier-ignore
    return (results[key] = isCompiled(file, text));
  };
  const save = () => {
    mkdirSync(dirname(kept), { recursive: true });
    writeFileSync(kept, JSON.stringify({ all, results }));
  };
  return { check, save };
}
