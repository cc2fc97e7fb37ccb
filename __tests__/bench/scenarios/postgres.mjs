export const postgres = { name: 'postgres', open: async () => 'todo' };
