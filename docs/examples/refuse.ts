import type { Request } from 'express';
import { ChatKitError } from 'chatkit-express';

interface User {
  userId: string;
  plan: 'free' | 'paid';
}

// #region refuse
async function context(request: Request): Promise<User> {
  const user = await findUser(request);
  if (!user) throw new ChatKitError('unauthorized', 'Please sign in');
  if (user.plan !== 'paid') throw new ChatKitError('forbidden', 'The chat is part of the paid plan');
  return user;
}
// #endregion

async function findUser(request: Request): Promise<User | undefined> {
  return request.headers.cookie ? { userId: 'ada', plan: 'free' } : undefined;
}

export { context };
