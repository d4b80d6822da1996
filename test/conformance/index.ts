/** `chasqui/conformance`: the suite that every adapter passes, for adapters in repositories of their own. */
export { type AdapterHarness, type TestIngest, testAdapter } from './adapter.ts';
export { createTestContext } from './context.ts';
