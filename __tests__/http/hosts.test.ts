// Whole answers under hosts whose sockets are not sockets, and behind middleware that changes the response.
import { expressVersions } from './endpoint';
import { hosts, nodeHost } from './hosts';
import { wholeAnswers } from './whole-answers';

describe.each(expressVersions)('on Express %i', (version) => {
  describe.each([nodeHost, ...hosts].map((host) => [host.name, host] as const))('under %s', (_name, host) =>
    wholeAnswers(version, host),
  );
});
