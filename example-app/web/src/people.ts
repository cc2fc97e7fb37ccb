// The people that the user can mention with @. A real application asks its server.
import type { Entity, Widgets } from '@openai/chatkit-react';

const people = [
  { id: 'person_ada', title: 'Ada', work: 'Analytical engines' },
  { id: 'person_grace', title: 'Grace', work: 'Compilers' },
  { id: 'person_linus', title: 'Linus', work: 'Kernels' },
  { id: 'person_margaret', title: 'Margaret', work: 'Flight software' },
];

export async function searchPeople(query: string): Promise<Entity[]> {
  const wanted = query.toLowerCase();
  return people
    .filter(({ title, work }) => `${title} ${work}`.toLowerCase().includes(wanted))
    .map(({ id, title, work }) => ({ id, title, group: 'People', interactive: true, data: { work } }));
}

/** Returns the preview of a mention. */
export async function previewOf(entity: Entity): Promise<{ preview: Widgets.BasicRoot | null }> {
  const person = people.find(({ id }) => id === entity.id);
  if (!person) return { preview: null };
  return {
    preview: {
      type: 'Basic',
      gap: 1,
      children: [
        { type: 'Title', value: person.title, size: 'sm' },
        { type: 'Text', value: person.work, size: 'sm', color: 'secondary' },
      ],
    },
  };
}
