// ESLint rule: a comment begins with a verb or a noun instead of an indirect question such as "Whether X", and says
// "is not a" instead of "is no", because both forms are hard to read.
//
// Adjacent line comments count as one comment, so that a sentence may continue on the next line.

const opening = /^(What|Whether|Whoever|Whom|Of what|Another one)\b/;
/** "There is no X" is plain English, and so are "is no longer" and "is no more than". */
const denial = /(?<!\bthere )\b(is|are|was|were) no (?!longer\b|more\b)(?=\p{L})/iu;

/** Returns the comments of a file in groups. A group is one comment, or several adjacent line comments. */
function grouped(comments, lines) {
  const groups = [];
  const hasOwnLine = ({ type, loc: { start } }) =>
    type === 'Line' && lines[start.line - 1].slice(0, start.column).trim() === '';
  for (const comment of comments) {
    const previous = groups.at(-1)?.at(-1);
    const isNext = previous?.loc.end.line === comment.loc.start.line - 1;
    if (isNext && hasOwnLine(previous) && hasOwnLine(comment)) groups.at(-1).push(comment);
    else groups.push([comment]);
  }
  return groups;
}

/** Returns the text of a group on one line, without the asterisks of a docstring. */
function textOf(group) {
  return group
    .flatMap(({ value }) => value.split('\n'))
    .map((line) => line.replace(/^\s*\*+/, '').trim())
    .join(' ')
    .trim();
}

export const plainComments = {
  meta: {
    type: 'suggestion',
    docs: { description: 'Disallow comments that begin with an indirect question, or that say "is no"' },
    messages: {
      opening: 'Begin the comment with a verb, such as "Returns" or "Reports", or with a noun, not with "{{words}}".',
      denial: 'Write "{{verb}} not a" or "{{verb}} not", not "{{words}}".',
    },
    schema: [],
  },
  create(context) {
    const { sourceCode } = context;
    return {
      Program() {
        for (const group of grouped(sourceCode.getAllComments(), sourceCode.lines)) {
          const text = textOf(group);
          const loc = { start: group[0].loc.start, end: group.at(-1).loc.end };
          const [words] = opening.exec(text) ?? [];
          if (words !== undefined) context.report({ loc, messageId: 'opening', data: { words } });
          const [phrase, verb] = denial.exec(text) ?? [];
          if (phrase !== undefined) {
            context.report({ loc, messageId: 'denial', data: { words: phrase.trim(), verb: verb.toLowerCase() } });
          }
        }
      },
    };
  },
};
