// chatkit-express/testing: test suites for your own stores, for any test runner. Import it only in tests.
export { attachmentSuite, type AttachmentSuiteOptions } from './attachment-suite';
export { storeSuite, type StoreSuiteOptions, type SuiteUser } from './store-suite';
