// chatkit-express/testing: suites for your own stores, with any test runner. Only tests import it.
export { attachmentSuite, type AttachmentSuiteOptions } from './attachment-suite';
export { storeSuite, type StoreSuiteOptions, type SuiteUser } from './store-suite';
export { runRegistrySuite, type RunRegistrySuiteOptions, type SuiteTimes } from './run-registry-suite';
