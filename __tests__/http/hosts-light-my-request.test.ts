// In a file of its own: light-my-request changes the prototypes of the Express that it is given, for all apps.
import inject from 'light-my-request';
import { expressVersions } from './endpoint';
import type { Host } from './hosts';
import { wholeAnswers } from './whole-answers';

const lightMyRequest: Host = {
  name: 'light-my-request',
  before: [],
  async ask({ app }, { method = 'POST', path, headers = {}, body }) {
    const {
      statusCode,
      headers: told,
      rawPayload,
    } = await inject(app, {
      method: method as 'POST',
      url: path,
      headers,
      ...(body && { payload: body }),
    });
    return { status: statusCode, headers: told as Record<string, string>, body: rawPayload };
  },
};

describe.each(expressVersions)('on Express %i', (version) => wholeAnswers(version, lightMyRequest));
