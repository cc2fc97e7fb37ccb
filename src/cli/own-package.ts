// The version of this package, and the dependency by which a new app installs the same package.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Manifest {
  name?: string;
  version?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** Returns the folder and the version of this package. */
export function ownPackage(): { folder: string; version: string } {
  for (const folder of ancestors(realpathSync(__dirname))) {
    const { name, version } = manifestIn(folder) ?? {};
    if (name === 'chatkit-express' && version) return { folder, version };
  }
  throw new Error('The package.json of chatkit-express is missing');
}

/** The dependency of a new app on this package, and a warning about it. */
export interface OwnDependency {
  /** A range of versions, or the address of a tarball, a folder or a repository. */
  spec: string;
  warning?: string;
}

/**
 * Returns the dependency of a new app on this package. A tarball, a folder or a repository from which the running copy
 * was installed may not be in a registry, so the app installs it from there, too.
 *
 * @param app the real path of the app's folder. A dependency on a file is relative to it.
 */
export function ownDependency(app: string, { folder, version } = ownPackage()): OwnDependency {
  const range = `^${version}`;
  // A checkout, or a folder that npm has linked.
  if (!folder.split(sep).includes('node_modules')) return { spec: fileSpec(folder, app) };
  // npx, `pnpm dlx` and `npm install` write the place of the package into the package.json above node_modules.
  for (const installed of ancestors(dirname(folder))) {
    const manifest = manifestIn(installed);
    const all = { ...manifest?.devDependencies, ...manifest?.optionalDependencies, ...manifest?.dependencies };
    const spec = all['chatkit-express'];
    if (spec === undefined) continue;
    const file = fileOf(spec);
    if (file === undefined)
      return { spec: /^(https?|git|git\+[a-z]+|github|gitlab|bitbucket):/.test(spec) ? spec : range };
    const path = resolve(installed, file);
    if (existsSync(path)) return { spec: fileSpec(realpathSync(path), app) };
    return {
      spec: range,
      warning: `${path} does not exist any more, so package.json depends on chatkit-express ${range}`,
    };
  }
  return { spec: range };
}

/** Returns the spec of a file as it is written in the package.json of an app. The folders of Windows become `/`. */
export function fileSpec(path: string, app: string): string {
  const fromApp = relative(app, path);
  // Another drive of Windows has no relative path.
  return `file:${(isAbsolute(fromApp) ? path : fromApp).split(sep).join('/')}`;
}

/** Returns the path in a spec, or undefined for a spec that does not name a file. */
export function fileOf(spec: string): string | undefined {
  if (spec.startsWith('file://')) return fileURLToPath(spec);
  if (spec.startsWith('file:')) return spec.slice('file:'.length);
  return /^\.{0,2}[/\\]|^[a-z]:[/\\]/i.test(spec) || /^[^:]+\.(tgz|tar\.gz)$/i.test(spec) ? spec : undefined;
}

function manifestIn(folder: string): Manifest | undefined {
  const path = join(folder, 'package.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Manifest) : undefined;
}

/** Returns the folder and every folder around it, from the inside out. */
function ancestors(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}
