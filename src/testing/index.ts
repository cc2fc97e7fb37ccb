// chatkit-express/testing: suites to run on what you wrote yourself, with any test runner. Only tests import it.
export { attachmentSuite, type AttachmentSuiteOptions } from './attachment-suite';
export { storeSuite, type StoreSuiteOptions, type SuiteUser } from './store-suite';
