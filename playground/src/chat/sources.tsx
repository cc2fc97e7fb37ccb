// The sources of an answer: numbered, in the order they are named.
import { FileText, Globe, UserRound } from 'lucide-react';
import type { Annotation } from '../protocol/wire';
import { safeUrl } from '../sanitize';

type Source = Annotation['source'];

/** The distinct sources of a text. Two annotations of the same one have one number. */
export function sourcesOf(annotations: readonly Annotation[]): Source[] {
  const known = new Map<string, Source>();
  for (const { source } of annotations) {
    if (!known.has(keyOf(source))) known.set(keyOf(source), source);
  }
  return [...known.values()];
}

/** From 1. */
export function numberOf(source: Source, sources: readonly Source[]): number {
  return sources.findIndex((other) => keyOf(other) === keyOf(source)) + 1;
}

function keyOf(source: Source): string {
  if (source.type === 'url') return `url ${source.url}`;
  if (source.type === 'file') return `file ${source.filename} ${source.description ?? ''}`;
  return `entity ${source.id}`;
}

const icons = { url: Globe, file: FileText, entity: UserRound };

interface SourceListProps {
  sources: readonly Source[];
  /** The number of the one that was asked for. */
  current?: number;
}

export function SourceList({ sources, current }: SourceListProps) {
  return (
    <ol className="sources" aria-label="Sources">
      {sources.map((source, index) => (
        <li key={keyOf(source)} data-current={current === index + 1}>
          <span className="source-number" aria-hidden>
            {index + 1}
          </span>
          <SourceEntry source={source} />
        </li>
      ))}
    </ol>
  );
}

/** One source: a link if it leads somewhere. */
export function SourceEntry({ source }: { source: Source }) {
  const Icon = icons[source.type] ?? FileText;
  const href = source.type === 'url' ? safeUrl(source.url) : undefined;
  const details = detailsOf(source);
  const words = (
    <>
      <Icon size={14} aria-hidden />
      <span className="source-title">{source.title}</span>
      {details !== '' && <span className="muted source-details">{details}</span>}
    </>
  );
  if (href === undefined) return <span className="source">{words}</span>;
  return (
    <a className="source" href={href} target="_blank" rel="noopener noreferrer nofollow">
      {words}
    </a>
  );
}

function detailsOf(source: Source): string {
  const own = source.type === 'url' ? (source.attribution ?? hostOf(source.url)) : undefined;
  const file = source.type === 'file' && source.filename !== source.title ? source.filename : undefined;
  return [own, file, source.description, source.timestamp].filter(Boolean).join(' · ');
}

function hostOf(url: string): string | undefined {
  const safe = safeUrl(url);
  return safe === undefined ? undefined : new URL(safe).hostname;
}
