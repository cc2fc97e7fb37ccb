// chatkit-express/otel: traces and metrics for OpenTelemetry, by the conventions for generative AI.
export { otelObserver, type OtelOptions } from './observer';
